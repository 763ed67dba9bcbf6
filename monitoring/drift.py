"""Drift: how far the live score and fields are from those of training. It needs no outcome."""

import math
from collections.abc import Iterable, Mapping
from typing import Protocol

from monitoring.chance import (
    beyond_range,
    binomial_tail,
    homogeneity,
    wilson,
)
from monitoring.levels import Document, Finding, Thresholds
from monitoring.tally import Counted, Tally
from protocol.stability import distribution


class Refused(Protocol):
    """Counts as `protocol.refused` gives them."""

    @property
    def applications(self) -> int:
        """How many were refused."""

    @property
    def missing(self) -> Mapping[str, int]:
        """Those without a field, by field."""

    @property
    def invalid(self) -> Mapping[str, int]:
        """Those with a value in it that is not taken, by field."""


def drift(tally: Tally, thresholds: Thresholds) -> tuple[Document, list[Finding]]:
    """Compare what a model scored with what it was trained on.

    Returns:
        `score` and `fields` of the report, and what is to be judged in them.
    """
    model = tally.manifest.digest
    score = _distribution(tally.pd)
    findings = [Finding(model, "score", "pd", "psi", score, score["psi"] or 0, thresholds.psi)]
    fields = {}
    for name, counted in tally.fields.items():
        fields[name] = shown = _field(counted, thresholds)
        parts = {"psi": shown} | {rule: shown[rule] for rule in ("constant", *_RATES)}
        findings += [
            Finding(
                model,
                "field",
                name,
                rule.replace("_", "-"),
                part,
                (part["psi"] if rule == "psi" else part["share"]) or 0,
                thresholds.psi if rule == "psi" else thresholds.share,
            )
            for rule, part in parts.items()
        ]
    return {"score": score, "fields": fields}, findings


_RATES = ("missing", "out_of_range")


def _distribution(counted: Counted) -> Document:
    found = distribution(counted.trained, counted.below, counted.bins, counted.above)
    trained, values = counted.trained.counts, counted.values
    p_value, bins = homogeneity([0, *trained, 0], [counted.below, *counted.bins, counted.above])
    by_chance = (len(trained) - 1) * (1 / values + 1 / sum(trained)) if values else None
    return found | {"values": values, "psi_by_chance": by_chance, "bins": bins, "p_value": p_value}


def _field(counted: Counted, thresholds: Thresholds) -> Document:
    values, trained = counted.values, sum(counted.trained.counts)
    outside = counted.below + counted.above
    of_all = values + counted.missing
    return {
        **_distribution(counted),
        "constant": _constant(counted),
        "missing": _rate(
            counted.missing, of_all, binomial_tail(counted.missing, of_all, thresholds.share.watch)
        ),
        "out_of_range": _rate(outside, values, beyond_range(outside, values, trained)),
    }


def refused(
    counts: Refused, decisions: int, fields: Iterable[str], thresholds: Thresholds
) -> tuple[Document, list[Finding]]:
    """Say which fields applications were refused for: they are in no decision record.

    Args:
        counts: what was refused in the window.
        decisions: in the window, of all models.
        fields: of an application.
        thresholds: from where on a share is to be watched.
    Returns:
        `refused` of the report, and what is to be judged in it.
    """
    sent = counts.applications + decisions
    shown: Document = {}
    findings = []
    for name in fields:
        shown[name] = {}
        for rule, by_field in (("missing", counts.missing), ("invalid", counts.invalid)):
            number = by_field.get(name, 0)
            tail = binomial_tail(number, sent, thresholds.share.watch)
            shown[name][rule] = part = _rate(number, sent, tail)
            value = part["share"] or 0
            findings.append(Finding("", "field", name, rule, part, value, thresholds.share))
    return {"applications": counts.applications, "of": sent, "fields": shown}, findings


def _rate(count: int, of: int, p_value: float) -> Document:
    return {
        "count": count,
        "of": of,
        "share": count / of if of else None,
        "interval": wilson(count, of),
        "p_value": p_value if of else None,
    }


def _constant(counted: Counted) -> Document:
    """Ask whether all values are one, and how often chance makes them so.

    Values that are one are in one bin: the probability of that is a bound, whatever the values.
    """
    trained, values = counted.trained.counts, counted.values
    is_one = values > 1 and counted.low == counted.high
    by_chance = math.fsum((count / sum(trained)) ** values for count in trained)
    return {
        "value": counted.low if is_one else None,
        "share": 1.0 if is_one else 0.0,
        "p_value": (min(by_chance, 1.0) if is_one else 1.0) if values > 1 else None,
    }
