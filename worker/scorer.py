"""Score rows: one vectorised call for one application or for thousands."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from protocol.artefact import Manifest, check_schema
from protocol.errors import ArtefactError
from protocol.features import AMOUNTS, DIVISOR, floored_divisor, ratios_for_amounts
from protocol.policy import Policy

#: Shape (n, fields) or (n,), float64.
Rows = npt.NDArray[np.float64]


class Explained(NamedTuple):
    """Log-odds of default and where they come from; `Scorer.base` is what all have in common."""

    #: shape (n,)
    logits: Rows
    #: log-odds that each column adds against the reference population, shape (n, fields)
    columns: Rows
    #: the same by field of the application, shape (n, fields): the sum of a row is the same
    fields: Rows


class Scorer:
    """The folded model: logit(pd) = intercept + sum(coefficient * column).

    Args:
        manifest: of the model.
        policy: names the reference population that contributions are counted from.
    Raises:
        ArtefactError: the model knows no such population, or has other columns.
    """

    def __init__(self, manifest: Manifest, policy: Policy) -> None:
        self.manifest = manifest
        self.policy = policy
        check_schema(manifest)
        self._intercept = manifest.fold.intercept
        self._coefficients = np.array(manifest.fold.coefficients)
        if policy.reference not in manifest.references:
            raise ArtefactError(
                f"policy {policy.version} compares with {policy.reference!r} but the model knows"
                f" {', '.join(manifest.references)}; name one of these as its `reference`"
            )
        self.reference = manifest.references[policy.reference]
        self._means = np.array(self.reference.columns)
        #: log-odds from which contributions are counted: those of the population's means
        self.base = float(self._intercept + self._coefficients @ self._means)

    def logit(self, rows: Rows) -> Rows:
        """Log-odds of default, shape (n,), of rows of shape (n, fields) as in `Application`.

        The same bits for an applicant alone or among thousands: a matrix product would sum in
        another order for another number of rows, and a replayed score would differ in its last
        digits. So the columns are added one after the other.
        """
        return self._sum(_columns(rows))

    def explained(self, rows: Rows) -> Explained:
        """Give `logit(rows)` and what each column and each field contributes to it.

        base + sum(contributions) = logit, exact because the model is linear in its columns. What a
        ratio adds is parted between amount and divisor by Shapley's rule: the mean of what a
        field changes when it takes the applicant's value first and when it does so second, averaged
        over the reference population. Of a ratio r = a / y that is closed, E being the population's
        means:

            divisor's share = (E[a] / y + r - E[r] - a * E[1/y]) / 2
            amount's share = r - E[r] - divisor's share

        Source: Shapley, "A value for n-person games" (1953); the interventional value of Lundberg
        and Lee (2017), which `tests/worker/test_contributions.py` computes the long way.
        """
        columns = _columns(rows)
        logits = self._sum(columns)
        fields = self._divisor_shares(rows, columns)
        columns -= self._means
        columns *= self._coefficients
        fields += columns
        return Explained(logits, columns, fields)

    def _divisor_shares(self, rows: Rows, columns: Rows) -> Rows:
        """Give what the divisor takes over from each amount, and so from all: shape (n, fields)."""
        moved = np.zeros(columns.shape, order="F")
        per_divisor = 1 / floored_divisor(rows)
        for amount in AMOUNTS:
            share = self.reference.fields[amount] * per_divisor
            share += columns[:, amount]
            share -= self._means[amount]
            share -= rows[:, amount] * self.reference.per_income
            share *= self._coefficients[amount] / 2
            moved[:, amount] = -share
            moved[:, DIVISOR] += share
        return moved

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
