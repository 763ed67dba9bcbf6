"""The report: what is to be said of the models that scored in a window."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import polars as pl

from monitoring.calibration import calibration
from monitoring.decisions import Models, decisions
from monitoring.drift import Refused, drift, refused
from monitoring.levels import ORDER, Document, Finding, Thresholds, judge
from monitoring.outcomes import Outcomes, matched
from monitoring.tally import Tally
from protocol.application import FIELDS
from protocol.kept import Kept
from protocol.settings import Settings
from protocol.stability import Level
from protocol.times import rfc3339
from records import table
from records.folder import Folder

_NAMES = [field.name for field in FIELDS]


class Window(NamedTuple):
    """The decisions that a report is about; all days are UTC and included."""

    #: those that are compared with training became final from here on
    first: date
    #: those that are compared with their outcomes were asked for from here on
    outcomes_first: date
    #: and all of them up to here
    last: date

    @classmethod
    def until(cls, last: date, settings: Settings, first: date | None = None) -> "Window":
        """Give the window that ends with a day, as the settings have it or from `first` on."""
        first = first or last - timedelta(days=settings.monitor_days - 1)
        longest = last - timedelta(days=settings.monitor_outcome_days - 1)
        return cls(first, min(first, longest), last)


def report(  # noqa: PLR0913, PLR0917 - what it is made of
    folder: Folder,
    kept: Kept,
    window: Window,
    thresholds: Thresholds,
    now: datetime,
    look: Callable[[], None] = lambda: None,
    refusals: Refused | None = None,
) -> Document:
    """Look at the archive and say what is to be said.

    Args:
        folder: the archive.
        kept: the shelf, which has the models that scored.
        window: which decisions.
        thresholds: when to raise an alarm.
        now: UTC.
        look: called before each file of the archive is read; what it raises ends this.
        refusals: what was refused in the window; None is not known.
    Returns:
        JSON object, see docs/monitoring.md.
    Raises:
        ArchiveError: a file of the archive cannot be read.
    """
    models = Models(kept)
    head = table.head(folder)
    tallies, lost = _tallies(folder, models, window, look)
    outcomes = matched(folder, models, window.outcomes_first, window.last, look)
    for digest in outcomes.of.keys() - tallies.keys():
        manifest = models.manifest(digest)
        if manifest is not None:
            tallies[digest] = Tally(manifest)  # it scored before the window
    findings: list[Finding] = []
    in_order = sorted(tallies.values(), key=lambda tally: (-tally.scored, tally.manifest.digest))
    shown = [_model(tally, outcomes, thresholds, findings) for tally in in_order]
    turned_away = None
    if refusals is not None:
        decided = sum(tally.scored for tally in in_order) + sum(lost.values())
        turned_away, found = refused(refusals, decided, _NAMES, thresholds)
        findings += found
    alarms, false_alarms = judge(findings, thresholds.false_alarms)
    return {
        "made_at": rfc3339(int(now.astimezone(UTC).timestamp() * 1_000)),
        "archive": head._asdict(),
        "window": {"from": window.first.isoformat(), "to": window.last.isoformat()},
        "thresholds": {
            "psi": thresholds.psi._asdict(),
            "share": thresholds.share._asdict(),
            "false_alarms": false_alarms,
        },
        "level": _worst(findings),
        "alarms": alarms,
        "models": shown,
        "not_kept": lost,
        "refused": turned_away,
        "outcomes": {
            "window": {"from": window.outcomes_first.isoformat(), "to": window.last.isoformat()},
            "received": outcomes.received,
            "unmatched": len(outcomes.unmatched),
            "erased": outcomes.erased,
        },
    }


def _tallies(
    folder: Folder, models: Models, window: Window, look: Callable[[], None]
) -> tuple[dict[str, Tally], dict[str, int]]:
    """Count by model; and the decisions of models that are not on the shelf."""
    tallies: dict[str, Tally] = {}
    lost: dict[str, int] = {}
    for file in folder.files(window.first):
        if file.day > window.last:
            continue
        look()
        for digest, rows in decisions(file, models, pl.lit(value=True)):
            manifest = models.manifest(digest)
            if manifest is None:
                lost[digest] = lost.get(digest, 0) + rows.height
                continue
            tallies.setdefault(digest, Tally(manifest)).add(rows)
    return tallies, lost


def _model(
    tally: Tally, outcomes: Outcomes, thresholds: Thresholds, findings: list[Finding]
) -> Document:
    manifest = tally.manifest
    moved, found = drift(tally, thresholds)
    findings += found
    scores = outcomes.of.get(manifest.digest)
    after = None
    if scores is not None and scores.height:
        after, found = calibration(manifest, scores, thresholds)
        findings += found
    return {
        "name": manifest.name,
        "version": manifest.version,
        "digest": manifest.digest,
        "scored": tally.scored,
        "erased": tally.erased,
        **moved,
        "outcomes": after,
    }


def _worst(findings: list[Finding]) -> Level:
    levels = [ORDER.index(finding.document["level"]) for finding in findings]
    return ORDER[max(levels, default=0)]
