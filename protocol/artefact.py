"""The model artefact: the folder training hands over and a worker verifies before it loads it.

`manifest.json` describes `model.joblib` and carries its sha256. To change the manifest: raise
`FORMAT`, keep reading the previous number for one release, and say so in CHANGELOG.md.
"""

import hashlib
import hmac
import json
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, ValidationError, model_validator

from protocol.errors import ArtefactError
from protocol.features import COLUMNS
from protocol.schema import SCHEMA, VARIABLE
from protocol.validation import Part, faults_of

#: The manifest format this release writes and reads. Format 1, which no release wrote, held the
#: policy too, and no population to compare an applicant with.
FORMAT = 2
MANIFEST_FILE = "manifest.json"
MODEL_FILE = "model.joblib"

#: One number a field, or a column.
Row = Annotated[list[FiniteFloat], Field(min_length=1)]
#: What a row of results may hold of it: no spreadsheet runs a cell that begins so.
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9]")]
Probability = Annotated[float, Field(ge=0, le=1)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class TrainedField(Part):
    """One field of the application as the model saw it."""

    name: Word
    kind: Literal["integer", "number"]
    unit: str
    #: accepted range, both ends included
    low: FiniteFloat
    high: FiniteFloat
    #: range seen in training; outside it a score carries a warning
    trained_low: FiniteFloat
    trained_high: FiniteFloat


class Fold(Part):
    """The pipeline folded into one line: logit(pd) = intercept + sum(coefficient * column)."""

    columns: list[str]
    intercept: FiniteFloat
    #: log-odds of default per unit of each column
    coefficients: Row


class Reference(Part):
    """A population that reasons compare an applicant with, by its means.

    These means are all that exact contributions need, see `worker.scorer`.
    """

    #: who they are, for people
    about: str
    #: "sha256:" and 64 hex digits, of their rows: float64, little endian, in ascending order
    digest: Digest
    #: how many they are
    applicants: int = Field(ge=1)
    #: mean of each field of the application
    fields: Row
    #: mean of each column of the model
    columns: Row
    #: mean of 1 / income, or what else amounts are divided by, floored; 1 where nothing is
    per_income: float = Field(gt=0)


class GoldenRow(Part):
    """An invented applicant and the pd the fitted pipeline gave."""

    row: Row
    pd: Probability


class Histogram(Part):
    """Counts of the training applicants between edges: the base of a later PSI."""

    edges: list[FiniteFloat]
    counts: list[int]


class Training(Part):
    """Where the model comes from."""

    data_sha256: str
    rows: int
    defaults: int
    seed: int
    mlflow_run_id: str


class Manifest(Part):
    """Everything a worker needs to know of the model it serves."""

    format: Literal[2]
    name: Word
    version: Word
    #: RFC 3339, UTC
    created_at: str
    #: "sha256:" and 64 hex digits, of model.joblib
    digest: Digest
    #: package -> exact version the model was fitted with
    libraries: dict[str, str]
    fields: list[TrainedField]
    fold: Fold
    #: name -> population; the policy says which one is in force
    references: dict[Word, Reference]
    golden: list[GoldenRow] = Field(min_length=1)
    #: field name or "pd" -> histogram
    histograms: dict[str, Histogram]
    #: of the served model on the held-out rows
    metrics: dict[str, FiniteFloat]
    training: Training

    @model_validator(mode="after")
    def _of_one_length(self) -> Self:
        numbers = {len(self.fold.columns), len(self.fold.coefficients)}
        numbers |= {len(golden.row) for golden in self.golden}
        for one in self.references.values():
            numbers |= {len(one.fields), len(one.columns)}
        if numbers != {len(self.fields)}:
            raise ValueError(
                "fields, columns, coefficients, means and golden rows differ in number"
            )
        return self

    @cached_property
    def content_digest(self) -> str:
        """Name what the manifest says, whatever blanks the file has: "sha256:" and 64 hex digits.

        `digest` names model.joblib; who serves from the coefficients alone pins this one.
        """
        said = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return digest_of(said.encode())


def digest_of(data: bytes) -> str:
    """Name some bytes by their sha256.

    >>> digest_of(b"")[:20]
    'sha256:e3b0c44298fc1'
    """
    return "sha256:" + hashlib.sha256(data).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Read and check manifest.json.

    Raises:
        ArtefactError: the file is missing, unreadable or not of this format.
    """
    path = folder / MANIFEST_FILE
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ArtefactError(
            f"no model artefact: {path}: {error.strerror}; train one with `make train`"
        ) from error
    except ValidationError as error:
        raise ArtefactError(
            f"{path}: {faults_of(error)[0]}; this release reads format {FORMAT},"
            " export the model again with `make train`"
        ) from error


def check_schema(manifest: Manifest) -> None:
    """Make sure that a model is of the fields and columns this process has read of its schema.

    Raises:
        ArtefactError: it is of others.
    """
    for what, theirs, ours in (
        ("fields", [field.name for field in manifest.fields], list(SCHEMA.names)),
        ("columns", manifest.fold.columns, list(COLUMNS)),
    ):
        if theirs != ours:
            raise ArtefactError(
                f"the model's {what} are {', '.join(theirs)} but the schema's {', '.join(ours)};"
                f" name its schema in {VARIABLE}, or train again with this one"
            )


def read_verified(folder: Path, pinned_digest: str | None = None) -> tuple[Manifest, bytes]:
    """Read the artefact and prove its bytes before anybody unpickles them.

    The model is read once and the same bytes are hashed and returned, so a file swapped between
    check and load is never loaded.

    Args:
        folder: holds manifest.json and model.joblib.
        pinned_digest: when not None the only digest that may be served, from the settings.
    Raises:
        ArtefactError: something is missing or does not match.
    """
    manifest, data = _read_pair(folder)
    if not _matches(manifest, data) and read_manifest(folder) != manifest:
        # The folder was swapped for a new one between the two reads.
        manifest, data = _read_pair(folder)
    path = folder / MODEL_FILE
    if not _matches(manifest, data):
        raise ArtefactError(
            f"{path}: its digest is {digest_of(data)} but the manifest says {manifest.digest};"
            " the file was changed or cut short, copy the artefact folder again"
        )
    if pinned_digest is not None and not hmac.compare_digest(pinned_digest, manifest.digest):
        raise ArtefactError(
            f"{path}: digest {manifest.digest} is not the pinned LOANSCORE_MODEL_DIGEST"
            f" {pinned_digest}; deploy that model or change the setting"
        )
    return manifest, data


def _read_pair(folder: Path) -> tuple[Manifest, bytes]:
    manifest = read_manifest(folder)
    path = folder / MODEL_FILE
    try:
        return manifest, path.read_bytes()
    except OSError as error:
        raise ArtefactError(
            f"{path}: {error.strerror}; copy the whole artefact folder or `make train`"
        ) from error


def _matches(manifest: Manifest, data: bytes) -> bool:
    return hmac.compare_digest(digest_of(data), manifest.digest)
