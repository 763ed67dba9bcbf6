"""What was measured of a model, as numbers that pages draw and set out: `figures.json`.

Training writes it beside the model's card (`training.figures`), the shelf keeps it, `api.models`
reads it; no worker does. To change it: raise `FORMAT` and keep reading the previous number.
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, FiniteFloat, ValidationError, model_validator

from protocol.artefact import Digest, Probability, Word
from protocol.errors import ArtefactError
from protocol.validation import Part, faults_of

FORMAT = 1
FIGURES_FILE = "figures.json"


class Calibrated(Part):
    """Loans of about the same pd, scored by a model that had not seen them."""

    mean_pd: Probability
    loans: int = Field(ge=1)
    defaults: int = Field(ge=0)
    #: 95 % interval of the share of defaults
    low: Probability
    high: Probability


class Cut(Part):
    """What a cut-off would have made of the held-out loans."""

    #: loans are flagged from this pd on; None flags nobody
    pd: Probability | None
    #: share of the repaid loans that are flagged
    false_alarms: Probability
    #: share of the defaults that are flagged
    caught: Probability


class Figures(Part):
    """Everything that was measured of one model."""

    format: Literal[1]
    #: of the model.joblib it was measured on
    digest: Digest
    #: which of `models` that is
    served: Word
    #: by rising pd, of every loan of the file
    calibration: list[Calibrated] = Field(min_length=1)
    #: from nobody to everybody flagged
    roc: list[Cut] = Field(min_length=2)
    #: model -> figure -> value on the held-out loans, see `training.metrics`
    models: dict[Word, dict[str, FiniteFloat]]

    @model_validator(mode="after")
    def _has_the_served(self) -> Self:
        if self.served not in self.models:
            raise ValueError("models lacks the one that is served")
        return self


def read_figures(folder: Path, digest: str) -> Figures | None:
    """Read and check figures.json; None when the artefact came without.

    Args:
        folder: of the artefact.
        digest: of the model that they have to be of, "sha256:" and 64 hex digits.
    Raises:
        ArtefactError: the file is unreadable, not of this format, or of another model.
    """
    path = folder / FIGURES_FILE
    try:
        figures = Figures.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArtefactError(f"{path}: {error.strerror}; copy the artefact folder again") from error
    except ValidationError as error:
        raise ArtefactError(
            f"{path}: {faults_of(error)[0]}; this release reads format {FORMAT},"
            " export the model again with `make train`"
        ) from error
    if figures.digest != digest:
        raise ArtefactError(
            f"{path}: was measured on {figures.digest}, not on {digest}; copy the artefact folder"
            " again"
        )
    return figures
