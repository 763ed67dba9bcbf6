"""Levels: when what was found is worth an alarm, and when chance alone may have made it.

A level is reached only when a value is beyond its limit *and* chance alone would hardly take it so
far. All tests of a report share one rate of false alarms (Bonferroni), see docs/monitoring.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from protocol.settings import Settings
from protocol.stability import Level

Document = dict[str, Any]


#: From the least to the worst.
ORDER = tuple(Level)


class Limits(NamedTuple):
    """From where on a value is to be watched, and has moved."""

    watch: float
    moved: float

    def level(self, value: float, p_value: float | None, each: float) -> Level:
        """Judge a value.

        >>> Limits(0.1, 0.25).level(0.3, 1e-9, 1e-3), Limits(0.1, 0.25).level(0.3, 0.2, 1e-3)
        (<Level.MOVED: 'moved'>, <Level.STABLE: 'stable'>)

        Args:
            value: what was found.
            p_value: how often chance alone takes it so far or farther; None when too few were
                looked at to tell.
            each: how seldom that must be.
        """
        if p_value is None:
            return Level.TOO_FEW
        if p_value > each or value < self.watch:
            return Level.STABLE
        return Level.MOVED if value > self.moved else Level.WATCH


class Thresholds(NamedTuple):
    """What the operator has set."""

    #: of a population stability index
    psi: Limits
    #: of a share: missing, out of range, and how far defaults are from what was expected
    share: Limits
    #: how often at most a report without any drift may raise an alarm
    false_alarms: float

    @classmethod
    def of(cls, settings: Settings) -> "Thresholds":
        """Take them from the settings."""
        return cls(
            Limits(settings.monitor_psi_watch, settings.monitor_psi_moved),
            Limits(settings.monitor_share_watch, settings.monitor_share_moved),
            settings.monitor_false_alarms,
        )


class Finding(NamedTuple):
    """One thing that was tested."""

    #: digest of the model; "" of what is no model's
    model: str
    #: score, field, grade or vintage
    about: str
    #: which of them
    name: str
    #: psi, constant, missing, invalid, out-of-range or calibration
    rule: str
    #: where it stands in the report; it is given its `level`
    document: Document
    value: float
    limits: Limits


def judge(findings: Sequence[Finding], false_alarms: float) -> tuple[list[Document], Document]:
    """Give each finding its level.

    Args:
        findings: of the whole report; the document of each has its `p_value`.
        false_alarms: how often at most a report without any drift may raise an alarm.
    Returns:
        The alarms, the worst first, and how many tests share the rate.
    """
    tests = sum(finding.document["p_value"] is not None for finding in findings)
    each = false_alarms / max(tests, 1)
    alarms = []
    for finding in findings:
        level = finding.limits.level(finding.value, finding.document["p_value"], each)
        finding.document["level"] = level
        if level in {Level.WATCH, Level.MOVED}:
            alarms.append(_alarm(finding, level))
    alarms.sort(key=lambda alarm: -ORDER.index(alarm["level"]))
    return alarms, {"rate": false_alarms, "tests": tests, "each": each}


def _alarm(finding: Finding, level: Level) -> Document:
    return {
        "model": finding.model,
        "about": finding.about,
        "name": finding.name,
        "rule": finding.rule,
        "level": level,
        "value": finding.value,
        "p_value": finding.document["p_value"],
    }


def levels(alarms: Sequence[Document]) -> dict[str, str]:
    """Give the level of each thing that has an alarm, under a name of its own."""
    names = ("model", "about", "name", "rule")
    return {
        " ".join(alarm[name] for name in names).strip(): str(alarm["level"]) for alarm in alarms
    }


def crossed(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Tell whether something is at a worse level than it was.

    >>> crossed({"a": "watch"}, {"a": "watch"}), crossed({"a": "watch"}, {"a": "moved"})
    (False, True)
    >>> crossed({"a": "moved"}, {"a": "watch"}), crossed({}, {"a": "watch"})
    (False, True)
    """
    ranks = {str(level): rank for rank, level in enumerate(ORDER)}
    return any(ranks[level] > ranks.get(before.get(name, ""), -1) for name, level in now.items())
