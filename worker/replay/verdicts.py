"""The verdicts on many archived decisions: the rule of `worker.replay.document` for columns.

Each is the one a single replay gives; tests hold the two together.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from worker.bulk.categories import words
from worker.bulk.verdicts import explained, told
from worker.replay.cause import UNUSABLE, Cause
from worker.replay.export import LOST
from worker.scorecard import MOST_REASONS, points_per_log_odds
from worker.scorer import Rows, Scorer
from worker.shelf import Shelf

_Flags = npt.NDArray[np.bool_]
_Rows = npt.NDArray[np.uint32]
VERDICTS = ("identical", "changed-by-model", "changed-by-policy", "unreproducible")
CAUSES = ("", *Cause)
#: Columns of a result that are compared, beside the points that its reasons lost.
_COMPARED = ("pd", "points", "grade", "decision", "expected_loss", "reasons", "warnings")


def decided(values: Rows, scorer: Scorer) -> pl.DataFrame:
    """Decide applicants: as `worker.bulk.verdicts`, and the points that each reason lost, `LOST`.

    Args:
        values: shape (n, fields), as in `Application`.
        scorer: of model and policy.
    """
    logits, contributions = explained(values, scorer)
    lost = _rounded(_dearest(contributions) * points_per_log_odds(scorer.policy.scale))
    shown = told(values, logits, contributions, scorer)
    return shown.with_columns(pl.Series(name, lost[:, at]) for at, name in enumerate(LOST))


def judge(
    records: pl.DataFrame, values: Rows, now: pl.DataFrame, scorer: Scorer, shelf: Shelf
) -> pl.DataFrame:
    """Say of each decision whether it is the same now, and what changed it.

    Args:
        records: columns as `worker.replay.export` gives them, none of them erased.
        values: their applications, shape (n, fields).
        now: what they come to by `scorer`, as `decided` gives it.
        scorer: of the model and policy that are asked.
        shelf: has what made them.
    Returns:
        `replay`, one of `VERDICTS`, and `cause`, one of `CAUSES`: "" for what was reproduced.
    """
    verdicts = np.zeros(records.height, dtype=np.uint8)
    causes = np.zeros(records.height, dtype=np.uint8)
    for made_by, places in _groups(records):
        part, mine = records[places], values[places]
        cause = _causes(part, mine, made_by, shelf)
        verdict = np.zeros(len(places), dtype=np.uint8)
        by_asked = _differs(part, now[places])
        verdict[by_asked] = VERDICTS.index("changed-by-policy")
        if scorer.manifest.digest != made_by[0]:
            alone = _by_model(mine, scorer, made_by[1], shelf)
            by_model = by_asked if alone is None else _differs(part, alone)
            verdict[by_model] = VERDICTS.index("changed-by-model")
        verdict[cause > 0] = VERDICTS.index("unreproducible")
        verdicts[places], causes[places] = verdict, cause
    return pl.DataFrame(
        {
            "replay": words(VERDICTS)[pl.Series(verdicts)],
            "cause": words(CAUSES)[pl.Series(causes)],
        }
    )


def _groups(records: pl.DataFrame) -> Iterator[tuple[tuple[str, str], _Rows]]:
    """Part records by the digests of model and policy that made them."""
    keys = ["recorded_model", "recorded_policy"]
    numbered = records.select(keys).with_row_index("place")
    for (model, policy), part in numbered.group_by(keys, maintain_order=True):
        yield (str(model), str(policy)), part["place"].to_numpy()


def _causes(
    part: pl.DataFrame, values: Rows, made_by: tuple[str, str], shelf: Shelf
) -> npt.NDArray[np.uint8]:
    """Say why records of one model and policy are not reproduced, as places in `CAUSES`."""
    try:
        again = decided(values, shelf.scorer(*made_by))
    except UNUSABLE as error:
        return np.full(len(values), CAUSES.index(Cause.of(error)), dtype=np.uint8)
    return _differs(part, again) * np.uint8(CAUSES.index(Cause.OTHER_ANSWER))


def _by_model(values: Rows, scorer: Scorer, policy: str, shelf: Shelf) -> pl.DataFrame | None:
    """Decide by the asked model and the recorded policy; None when the two cannot be joined."""
    try:
        return decided(values, shelf.scorer(scorer.manifest.digest, policy))
    except UNUSABLE:
        return None


def _differs(recorded: pl.DataFrame, now: pl.DataFrame) -> _Flags:
    pairs = [(recorded[f"recorded_{name}"], now[name]) for name in _COMPARED]
    pairs += [(recorded[name], now[name]) for name in LOST]
    differs = np.zeros(recorded.height, dtype=np.bool_)
    for before, after in pairs:
        differs |= before.ne_missing(after.cast(before.dtype)).to_numpy()
    return differs


def _dearest(contributions: Rows) -> Rows:
    """Give the largest contributions of each row that cost points, 0 where there are fewer.

    >>> _dearest(np.array([[0.5, -1.0, 2.0, 0.1, 0.2, 0.3]])).tolist()
    [[2.0, 0.5, 0.3, 0.2]]
    """
    largest = -np.sort(-contributions, axis=1)[:, :MOST_REASONS]
    return np.maximum(largest, 0.0)


def _rounded(values: Rows) -> Rows:
    """Round to one decimal, as Python's `round` does: it looks at all digits of a double.

    >>> _rounded(np.array([0.15, 0.25, 0.35, 2.04])).tolist(), round(0.15, 1), round(0.35, 1)
    ([0.1, 0.2, 0.3, 2.0], 0.1, 0.3)
    """
    tenths = values * 10
    rounded = np.rint(tenths) / 10
    close = np.abs(tenths - np.floor(tenths) - 0.5) < 1e-6
    rounded[close] = [round(value, 1) for value in values[close].tolist()]
    return rounded
