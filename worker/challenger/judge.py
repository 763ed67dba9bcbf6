"""What a challenger says of archived decisions, beside what was decided.

The same application, the cut-offs that were in force, and one rule for the first reason that fits
any model: of all fields the one that lowers the pd most when it alone is set to the mean of the
population that the policy compares with. Ratios follow, for the model computes them from fields.
The champion is asked by the same rule too: its own reasons are parted otherwise (Shapley's rule),
and without that nobody could tell another rule from another opinion.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from protocol.application import FIELDS
from protocol.artefact import read_manifest
from protocol.states import State
from records import shade
from worker.bulk.verdicts import decisions
from worker.challenger.model import Model
from worker.replay.cause import UNUSABLE, Cause
from worker.replay.export import decoded
from worker.scorer import Rows, Scorer
from worker.shelf import Shelf

#: Columns of the archive that are read.
READ = ["seq", "class", "id", "state", "finished_ms", "public", "personal"]
#: Left out because the challenger failed, or gave no number in [0, 1].
NO_ANSWER = "no-answer"
_NAMES = [field.name for field in FIELDS]
_Places = npt.NDArray[np.int64]


def judged(records: pl.DataFrame, challenger: Model, shelf: Shelf) -> pl.DataFrame:
    """Ask a challenger about the decisions among some records.

    Args:
        records: of one file of the archive, columns `READ`.
        challenger: is asked.
        shelf: has what made the decisions.
    Returns:
        Columns as in `records.shade.SCHEMA`, one row for each score that succeeded.
    Raises:
        PolarsError: a record cannot be read.
    """
    scores = records.filter(pl.col("class") == "score", pl.col("state") == State.SUCCEEDED)
    told = decoded(scores).with_columns(scores["finished_ms"])
    keys = ["erased", "recorded_model", "recorded_policy"]
    parts = [
        _judged(part, challenger, shelf) for _, part in told.group_by(keys, maintain_order=True)
    ]
    return pl.concat([pl.DataFrame(schema=shade.SCHEMA), *parts]).sort("seq")


def dearest(lean: Callable[[Rows], Rows], rows: Rows, means: Rows) -> tuple[Rows, _Places]:
    """Find the field that costs each applicant most.

    >>> rows, means = np.array([[3.0, 1.0], [0.0, 0.0]]), np.array([1.0, 1.0])
    >>> dearest(lambda rows: rows.sum(axis=1), rows, means)[1].tolist()
    [0, -1]

    Args:
        lean: of rows, a number that rises with the pd: the pd itself or its log-odds, which put
            the fields of one applicant in the same order.
        rows: shape (n, fields).
        means: of the fields in the population compared with.
    Returns:
        `lean` of the rows, and the place of the field, -1 where none lowers it; of two equal ones
        the earlier.
    """
    found = lean(rows)
    lowest, places = found.copy(), np.full(len(rows), -1)
    for place, mean in enumerate(means):
        changed = rows.copy()
        changed[:, place] = mean
        otherwise = lean(changed)
        lower = otherwise < lowest
        places[lower] = place
        lowest[lower] = otherwise[lower]
    return found, places


def _judged(part: pl.DataFrame, challenger: Model, shelf: Shelf) -> pl.DataFrame:
    """Judge the decisions of one model and policy."""
    if part["erased"][0]:
        return _shown(part, challenger, Cause.ERASED)
    model, policy = part["recorded_model"][0], part["recorded_policy"][0]
    try:
        # No pipeline is loaded: the fold was proved when this model served.
        champion = Scorer(read_manifest(shelf.model(model)), shelf.policy(policy))
    except UNUSABLE as error:
        return _shown(part, challenger, Cause.of(error))
    rows = part.select(_NAMES).to_numpy(order="fortran")
    means = np.array(champion.reference.fields)
    _, by_champion = dearest(champion.logit, rows, means)
    pd, by_challenger = dearest(challenger.probability, rows, means)
    shown = _shown(part, challenger, None).with_columns(
        pl.Series("challenger_pd", pd),
        decisions(pd, champion.policy.cut_offs).alias("challenger_decision"),
        pl.Series("champion_reason_by_rule", _codes(rows, by_champion, champion), pl.String),
        pl.Series("challenger_reason", _codes(rows, by_challenger, champion), pl.String),
    )
    answered = pl.col("challenger_pd").is_not_nan()
    return shown.with_columns(
        pl.when(~answered).then(pl.lit(NO_ANSWER)).alias("left_out"),
        *(
            pl.when(answered).then(name).alias(name)
            for name in ("challenger_pd", "challenger_decision", "challenger_reason")
        ),
    ).select(list(shade.SCHEMA))


def _shown(part: pl.DataFrame, challenger: Model, left_out: str | None) -> pl.DataFrame:
    """Show what was decided, with the challenger's columns still empty."""
    first = pl.col("recorded_reasons").str.split(";").list.first()
    return part.select(
        "seq",
        "id",
        "finished_ms",
        champion="recorded_model",
        policy="recorded_policy",
        challenger=pl.lit(challenger.about.digest),
        left_out=pl.lit(left_out, pl.String),
        grade="recorded_grade",
        champion_pd="recorded_pd",
        challenger_pd=pl.lit(None, pl.Float64),
        champion_decision="recorded_decision",
        challenger_decision=pl.lit(None, pl.String),
        champion_reason=pl.when(first != "").then(first),
        champion_reason_by_rule=pl.lit(None, pl.String),
        challenger_reason=pl.lit(None, pl.String),
    )


def _codes(rows: Rows, places: _Places, scorer: Scorer) -> list[str | None]:
    """Name the reason of each place, on the side of the population's mean where the value lies."""
    means, policy = scorer.reference.fields, scorer.policy
    said = [[policy.reason(name, above=above).code for above in (False, True)] for name in _NAMES]
    codes = np.array([*said, [None, None]], dtype=object)  # the last is that of place -1
    above = (rows > means)[np.arange(len(rows)), places]
    found: list[str | None] = codes[places, above.astype(int)].tolist()
    return found
