"""The table: one row a target, Markdown that reads as well on a terminal."""

from itertools import chain
from statistics import median

import numpy as np

from benchmarks.load import Round

#: An answer with reasons may take so many times as long as one without.
DEAREST = 1.3
HEADINGS = (
    "what",
    "scored/s, median (range)",
    "x obvious",
    "p50 ms",
    "p99 ms",
    "HTTP calls each",
    "callers' core busy",
    "checked",
    "wrong",
    "missing",
)


def table(rounds: dict[str, list[Round]], base: str) -> str:
    """Write the table.

    Args:
        rounds: name of each target and its rounds, in the order they were played.
        base: name of the target the others are compared with, round by round.
    """
    return markdown(
        [HEADINGS, *(_row(name, played, rounds[base]) for name, played in rounds.items())]
    )


def cost_of_reasons(explained: list[Round], unexplained: list[Round]) -> str:
    """Say how much more time an answer with reasons takes than one without."""
    pairs = zip(explained, unexplained, strict=True)
    return costs(median(without.rate / one.rate for one, without in pairs), "An answer")


def costs(times: float, what: str) -> str:
    """Say what reasons cost beside the target."""
    verdict = "met" if times <= DEAREST else "missed"
    return f"{what} with reasons takes {times:.2f} times as long as without; {DEAREST}: {verdict}."


def markdown(cells: list[tuple[str, ...]]) -> str:
    """Write rows of cells, the headings first; all columns but the first stand to the right."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [_line(row, widths) for row in cells]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([lines[0], _line(rule, widths), *lines[1:]])


def _row(name: str, played: list[Round], base: list[Round]) -> tuple[str, ...]:
    rates = [one.rate for one in played]
    ratios = [one.rate / other.rate for one, other in zip(played, base, strict=True)]
    waits_ms = [wait * 1_000 for wait in chain.from_iterable(one.waits for one in played)]
    p50, p99 = np.percentile(waits_ms, (50, 99))
    checked, asked = (sum(getattr(one, what) for one in played) for what in ("checked", "asked"))
    return (
        name,
        f"{median(rates):,.0f} ({min(rates):,.0f}-{max(rates):,.0f})",
        f"{median(ratios):.1f}",
        f"{p50:.0f}",
        f"{p99:.0f}",
        f"{sum(one.calls for one in played) / checked:.1f}",
        f"{median(one.busy_s / one.seconds for one in played):.0%}",
        f"{checked:,} of {asked:,}",
        f"{sum(one.wrong for one in played):,}",
        f"{asked - checked:,}",
    )


def _line(cells: tuple[str, ...] | list[str], widths: list[int]) -> str:
    first, *others = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    right = (cell.strip().rjust(len(cell)) for cell in others)
    return f"| {' | '.join([first, *right])} |"
