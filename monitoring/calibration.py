"""Calibration: the defaults that came beside those expected, and how well pd ranks them."""

import math
from collections.abc import Sequence

import polars as pl

from monitoring.chance import Interval, binomial_two_sided, wilson
from monitoring.levels import Document, Finding, Thresholds
from protocol.artefact import Manifest
from protocol.interval import Z

#: A pd counts as this far from 0 and 1 in the log loss, as scikit-learn has it for 64 bits.
_EDGE = 2.220446049250313e-16
#: Metrics of the manifest, measured when it was trained, and what they are called here.
_TRAINED = {"auc": "roc_auc", "brier": "brier", "log_loss": "log_loss"}


def calibration(
    manifest: Manifest, scores: pl.DataFrame, thresholds: Thresholds
) -> tuple[Document, list[Finding]]:
    """Compare the scores of a model with what became of them.

    Args:
        manifest: of the model.
        scores: one or more, columns pd, grade, vintage, defaulted.
        thresholds: from where on the gap between shares is to be watched.
    Returns:
        `outcomes` of the report, and what is to be judged in it.
    """
    document = _whole(scores)
    document["trained"] = {ours: manifest.metrics.get(theirs) for ours, theirs in _TRAINED.items()}
    findings = []
    for about, plural in (("grade", "grades"), ("vintage", "vintages")):
        groups = scores.group_by(about).agg(pl.col("pd"), pl.col("defaulted")).sort(about)
        document[plural] = {}
        for name, pds, defaulted in groups.iter_rows():
            document[plural][name] = group = _group(pds, defaulted)
            findings.append(
                Finding(
                    manifest.digest,
                    about,
                    name,
                    "calibration",
                    group,
                    abs(group["share"] - group["expected_share"]),
                    thresholds.share,
                )
            )
    return document, findings


def _whole(scores: pl.DataFrame) -> Document:
    defaults = int(scores["defaulted"].sum())
    rank = auc(scores)
    pd, clipped = pl.col("pd"), pl.col("pd").clip(_EDGE, 1 - _EDGE)
    default = pl.col("defaulted")
    brier, log_loss = scores.select(
        (pd - default.cast(pl.Float64)).pow(2).mean().alias("brier"),
        -pl.when(default).then(clipped.log()).otherwise((1 - clipped).log()).mean().alias("loss"),
    ).row(0)
    return {
        **_group(scores["pd"].to_list(), scores["defaulted"].to_list()),
        "auc": rank,
        "auc_interval": None if rank is None else _interval(rank, defaults, scores.height),
        "brier": brier,
        "log_loss": log_loss,
    }


def _group(pds: Sequence[float], defaulted: Sequence[bool]) -> Document:
    number, defaults = len(pds), sum(defaulted)
    expected = math.fsum(pds)
    return {
        "scores": number,
        "defaults": defaults,
        "expected": expected,
        "share": defaults / number,
        "expected_share": expected / number,
        "interval": wilson(defaults, number),
        # Of pds that differ the defaults vary less than of equal ones: too few alarms, if any.
        "p_value": binomial_two_sided(defaults, number, min(expected / number, 1.0)),
    }


def auc(scores: pl.DataFrame) -> float | None:
    """Give the area under the ROC curve, by ranks; None where nobody defaulted, or everybody.

    >>> auc(pl.DataFrame({"pd": [0.1, 0.4, 0.4, 0.8], "defaulted": [False, False, True, True]}))
    0.875
    """
    bad = int(scores["defaulted"].sum())
    good = scores.height - bad
    if not bad or not good:
        return None
    ranks = scores["pd"].rank("average").filter(scores["defaulted"])
    return (float(ranks.sum()) - bad * (bad + 1) / 2) / (bad * good)


def _interval(rank: float, bad: int, number: int) -> Interval:
    """Give the interval of an AUC, 95 % (Hanley and McNeil, Radiology 143, 1982)."""
    good = number - bad
    of_bad, of_good = rank / (2 - rank), 2 * rank * rank / (1 + rank)
    variance = (
        rank * (1 - rank)
        + (bad - 1) * (of_bad - rank * rank)
        + (good - 1) * (of_good - rank * rank)
    ) / (bad * good)
    half = Z * math.sqrt(max(variance, 0.0))
    return Interval(max(rank - half, 0.0), min(rank + half, 1.0))
