"""Score rows: one vectorised call for one application or for thousands."""

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from protocol.artefact import Manifest
from protocol.errors import ArtefactError
from protocol.features import COLUMNS, ratios_for_amounts

#: Shape (n, 6) or (n,), float64.
Rows = npt.NDArray[np.float64]


class Scorer:
    """The folded model: logit(pd) = intercept + sum(coefficient * column)."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        if tuple(manifest.fold.columns) != COLUMNS:
            raise ArtefactError(
                f"the manifest's columns are {manifest.fold.columns} but this release computes"
                f" {list(COLUMNS)}; train again with this release"
            )
        self._intercept = manifest.fold.intercept
        self._coefficients = np.array(manifest.fold.coefficients)
        self._reference = np.array(manifest.fold.reference)

    def logit(self, rows: Rows) -> Rows:
        """Log-odds of default, shape (n,), of rows of shape (n, 6) as in `Application`.

        The same bits for an applicant alone or among thousands: a matrix product would sum in
        another order for another number of rows, and a replayed score would differ in its last
        digits. So the columns are added one after the other.
        """
        return self._sum(_columns(rows))

    def explained(self, rows: Rows) -> tuple[Rows, Rows]:
        """Give `logit(rows)` and what each column contributes to it.

        Returns:
            The log-odds, shape (n,), and the contributions, shape (n, 6): log-odds that each column
            adds against the reference applicant. Added to the reference applicant's own logit they
            give the row's: exact, because the model is linear in its columns.
        """
        columns = _columns(rows)
        logits = self._sum(columns)
        columns -= self._reference
        columns *= self._coefficients
        return logits, columns

    def probability(self, logits: Rows) -> Rows:
        """Probability of default in [0, 1], the shape of its argument."""
        probabilities: Rows = expit(logits)
        return probabilities

    def _sum(self, columns: Rows) -> Rows:
        logits = np.full(len(columns), self._intercept)
        for position, coefficient in enumerate(self._coefficients):
            logits += columns[:, position] * coefficient
        return logits


def _columns(rows: Rows) -> Rows:
    """Make the model's columns, each of them together in memory: they are worked on one by one."""
    columns: Rows = ratios_for_amounts(rows, order="F")
    return columns
