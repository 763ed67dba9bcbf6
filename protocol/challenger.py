"""The challenger: a fitted model that is kept beside the served one and never decides anything.

Any classifier of an application's fields; it has no fold and no exact reasons. Its folder holds
`model.joblib` and `challenger.json`, which carries its sha256, the library versions it needs and
golden rows, so that whoever scores with it verifies it as a worker verifies a champion: bytes
before anything is unpickled, versions, then golden rows. To change what is written: raise `FORMAT`,
keep reading the previous number for one release.
"""

import hmac
from pathlib import Path
from typing import Literal

from pydantic import Field, FiniteFloat, ValidationError

from protocol.artefact import MODEL_FILE, Digest, GoldenRow, Training, digest_of
from protocol.errors import ArtefactError
from protocol.validation import Part, faults_of

#: The format this release writes; it reads 1 too, which always said what was learnt from.
FORMAT = 2
CHALLENGER_FILE = "challenger.json"


class Challenger(Part):
    """What must be known of a challenger."""

    format: Literal[1, 2]
    name: str
    version: str
    #: RFC 3339, UTC
    created_at: str
    #: "sha256:" and 64 hex digits, of model.joblib
    digest: Digest
    #: package -> exact version the model was fitted with
    libraries: dict[str, str]
    #: names of the fields it takes, in order
    fields: list[str]
    golden: list[GoldenRow] = Field(min_length=1)
    #: on the held-out rows, and cv_* of cross-validation; empty where nothing was measured
    metrics: dict[str, FiniteFloat]
    #: None: it was trained elsewhere
    training: Training | None


def read_challenger(folder: Path) -> tuple[Challenger, bytes]:
    """Read a challenger and prove its bytes before anybody unpickles them.

    Returns:
        What is known of it, and model.joblib: the same bytes that were compared.
    Raises:
        ArtefactError: something is missing, unreadable or does not match.
    """
    path = folder / CHALLENGER_FILE
    try:
        challenger = Challenger.model_validate_json(path.read_bytes())
        data = (folder / MODEL_FILE).read_bytes()
    except OSError as error:
        raise ArtefactError(
            f"no challenger: {error.filename}: {error.strerror}; train one with `make train`"
        ) from error
    except ValidationError as error:
        raise ArtefactError(
            f"{path}: {faults_of(error)[0]}; this release reads formats 1 and {FORMAT}"
        ) from error
    if not hmac.compare_digest(digest_of(data), challenger.digest):
        raise ArtefactError(
            f"{folder / MODEL_FILE}: its digest is {digest_of(data)} but {CHALLENGER_FILE} says"
            f" {challenger.digest}; the file was changed or cut short, train again"
        )
    return challenger, data
