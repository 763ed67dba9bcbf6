"""Promotions: which model is the champion, who made it so, when, and on what grounds.

    promotions/000007.json      below the storage folder; one file each, written once, never changed

`training.promote` and `cli.rollback` add one; workers look for new ones (`worker.champion`) and
load the model from the shelf; the API tells of them. As long as there is none, each worker serves
the artefact folder it was deployed with.
"""

import getpass
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError

from protocol.artefact import Digest, Manifest, Word
from protocol.durable import placing
from protocol.errors import PromotionError
from protocol.times import rfc3339
from protocol.validation import Part, faults_of

#: The format this release writes and reads.
FORMAT = 1
_FILE = re.compile(r"(\d{6})\.json")

Text = Annotated[str, Field(min_length=1, max_length=500)]


class Model(Part):
    """A model on the shelf."""

    name: Word
    version: Word
    digest: Digest

    @classmethod
    def of(cls, manifest: Manifest) -> Self:
        """Name the model that a manifest describes."""
        return cls(name=manifest.name, version=manifest.version, digest=manifest.digest)


class Gate(Part):
    """One thing that was asked of a model before it was promoted."""

    name: Word
    passed: bool
    #: what was found, with the bound it was held to
    found: Text


class Promotion(Part):
    """One change of the champion."""

    format: Literal[1] = 1
    #: 1, 2, 3, ...
    number: int = Field(ge=1, le=999_999)
    action: Literal["promote", "rollback"]
    #: None: back to the artefact folder each worker was deployed with
    model: Model | None
    #: RFC 3339, UTC
    at: str
    #: who did it, as they call themselves
    by: Text
    #: why, in their words
    note: Text | None = None
    #: of a promotion: what was asked; empty of a rollback
    gates: list[Gate] = Field(default_factory=list)
    #: gates that did not pass were overruled
    forced: bool = False


def following(history: Sequence[Promotion], **said: Any) -> Promotion:
    """Make the promotion that comes next, now.

    Args:
        history: all that there are.
        said: the other members of `Promotion`.
    """
    at = rfc3339(int(time.time() * 1_000))
    return Promotion(number=len(history) + 1, at=at, **said)


def told(champion: Model | None) -> str:
    """Say which model is the champion; None: nothing was promoted, or all was taken back.

    >>> told(Model(name="loans", version="1", digest="sha256:" + "0" * 64))[:26]
    'champion: loans 1 sha256:0'
    """
    if champion is None:
        return "no champion: each worker serves the artefact folder it was deployed with"
    return f"champion: {champion.name} {champion.version} {champion.digest}"


def whoever() -> str:
    """Name who runs this process; in a container that is often a number without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


class Promotions:
    """All promotions of one storage folder, the oldest first. Safe for any number of processes.

    Args:
        storage: `Settings.storage_folder`.
    """

    def __init__(self, storage: Path) -> None:
        self._folder = storage / "promotions"

    def last(self) -> int:
        """Give the number of the last promotion, 0 before the first.

        Raises:
            PromotionError: the folder cannot be read.
        """
        try:
            return max(self._numbers(), default=0)
        except OSError as error:
            raise self._away(error) from error

    def read(self) -> list[Promotion]:
        """Read all of them.

        Raises:
            PromotionError: one is missing, cannot be read, or is none this release reads.
        """
        return [self._read(number) for number in range(1, self.last() + 1)]

    def add(self, promotion: Promotion) -> None:
        """Add the next one; from now on its model is the champion.

        Raises:
            PromotionError: somebody else was first, or it cannot be written; nothing was added.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with placing(self._path(promotion.number)) as beside:
                beside.write_text(promotion.model_dump_json(indent=2) + "\n")
        except FileExistsError:
            raise PromotionError(
                f"promotion {promotion.number} was made by somebody else meanwhile: look at it"
                " (loanscore models), then try again"
            ) from None
        except OSError as error:
            raise self._away(error) from error

    def _numbers(self) -> list[int]:
        try:
            names = [_FILE.fullmatch(path.name) for path in self._folder.iterdir()]
        except FileNotFoundError:
            return []
        return [int(name[1]) for name in names if name]

    def _read(self, number: int) -> Promotion:
        path = self._path(number)
        try:
            promotion = Promotion.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise PromotionError(f"{path} is missing: put it back") from None
        except OSError as error:
            raise self._away(error) from error
        except ValidationError as error:
            raise PromotionError(
                f"{path}: {faults_of(error)[0]}; this release reads format {FORMAT}"
            ) from error
        if promotion.number != number:
            raise PromotionError(f"{path}: its number is {promotion.number}; put it back")
        return promotion

    def _away(self, error: OSError) -> PromotionError:
        return PromotionError(
            f"{self._folder}: {error.strerror}; promotions lie in the storage folder"
            " (LOANSCORE_STORAGE_DIR)"
        )

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06}.json"


def line(promotions: Sequence[Promotion]) -> list[Model]:
    """Give the champions that a rollback can go back along, the present one last.

    A promotion adds its model; a rollback takes away those behind the model it names. Empty: the
    artefact folder is served.

    >>> def made(action, name):
    ...     of = Model(name=name, version="1", digest="sha256:" + name * 64) if name else None
    ...     return Promotion(number=1, action=action, model=of, at="-", by="-")
    >>> history = [made("promote", "a"), made("promote", "b"), made("rollback", "a")]
    >>> [model.name for model in line(history)]
    ['a']
    >>> [model.name for model in line([*history, made("promote", "c")])]
    ['a', 'c']
    >>> line([*history, made("rollback", None)])
    []
    """
    champions: list[Model] = []
    for promotion in promotions:
        if promotion.action == "rollback":
            while champions and champions[-1] != promotion.model:
                champions.pop()
        elif promotion.model is not None and promotion.model not in champions[-1:]:
            champions.append(promotion.model)
    return champions
