"""The data report: what a file holds, before anything is learnt from it."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas

from protocol.application import FIELDS
from protocol.artefact import Histogram, Manifest
from protocol.stability import psi
from training.columns import TARGET
from training.data import TrainingData

#: From here on two fields say nearly the same, and their coefficients cannot be told apart.
ALIKE = 0.9
#: A PSI from here on is worth a look, from here on a shift (Siddiqi, Credit Risk Scorecards, 2006).
WATCH, SHIFTED = 0.10, 0.25

NAMES = [field.name for field in FIELDS]


def report(data: TrainingData, champion: Manifest | None) -> str:
    """Describe the loans as a Markdown page.

    Args:
        data: checked loans.
        champion: of the model that is served now; None when there is none.
    """
    frame = data.frame[[*NAMES, TARGET.name]]
    parts = [
        f"# Data\n\nFile with sha256 `{data.sha256}`.",
        "\n".join(f"* {line}" for line in facts(data)),
        "## Ranges\n\n" + _ranges(frame[NAMES]),
        "## Correlation\n\n" + _correlation(frame),
        "## Drift\n\n" + _drift(data, champion),
    ]
    return "\n\n".join(parts) + "\n"


def facts(data: TrainingData) -> list[str]:
    """Give what is worth a line on the terminal."""
    frame = data.frame[[*NAMES, TARGET.name]]
    alike = frame.duplicated(NAMES, keep=False)
    contrary = frame[alike].groupby(NAMES)[TARGET.name].nunique().gt(1).sum()
    pairs = ", ".join(f"{one} and {other} ({found:+.2f})" for one, other, found in _alike(frame))
    constant = [name for name in NAMES if frame[name].nunique() == 1]
    return [
        f"{len(frame):,} loans, {frame[TARGET.name].mean():.2%} of them defaults",
        "0 cells missing: a loan that lacks one is refused with its line",
        f"{frame.duplicated().sum():,} loans repeat another in every field and the outcome",
        f"{contrary:,} applications came out both ways",
        f"fields that say nearly the same: {pairs or 'none'}",
        f"fields that never vary: {', '.join(constant) or 'none'}",
    ]


def drift(data: TrainingData, champion: Manifest) -> dict[str, float]:
    """Give the PSI of each field against the loans the champion learnt from."""
    return {
        name: psi([0, *histogram.counts, 0], _counted(data.frame[name].to_numpy(), histogram))
        for name, histogram in champion.histograms.items()
        if name in NAMES
    }


def drift_told(data: TrainingData, champion: Manifest | None) -> str:
    """Say in a line what has moved."""
    if champion is None:
        return "drift: there is no model yet to compare with"
    moved = {name: value for name, value in drift(data, champion).items() if value >= WATCH}
    told = ", ".join(f"{name} {value:.2f}" for name, value in moved.items())
    return f"drift against the loans of {champion.version}, PSI from {WATCH:.2f}: {told or 'none'}"


def _ranges(frame: pandas.DataFrame) -> str:
    shares = [0, 0.01, 0.25, 0.5, 0.75, 0.99, 1]
    head = ["field", "least", "1 %", "25 %", "median", "75 %", "99 %", "most", "mean", "deviation"]
    rows = []
    for name in NAMES:
        column = frame[name]
        numbers = [*column.quantile(shares), column.mean(), column.std()]
        rows.append([name, *(f"{number:,.6g}" for number in numbers)])
    return markdown_table(head, rows)


def _correlation(frame: pandas.DataFrame) -> str:
    found = frame.corr()
    names = [*NAMES, TARGET.name]
    rows = [[name, *(f"{value:+.2f}" for value in found[name])] for name in names]
    return markdown_table(["", *names], rows)


def _drift(data: TrainingData, champion: Manifest | None) -> str:
    if champion is None:
        return "There is no model yet whose loans these could be compared with."
    verdicts = [
        [name, f"{value:.4f}", _verdict(value)] for name, value in drift(data, champion).items()
    ]
    text = f"Against the loans that `{champion.digest}` learnt from.\n\n"
    return text + markdown_table(["field", "PSI", ""], verdicts)


def _verdict(value: float) -> str:
    return "shifted" if value >= SHIFTED else "watch" if value >= WATCH else "stable"


def _alike(frame: pandas.DataFrame) -> Iterator[tuple[str, str, float]]:
    found = frame[NAMES].corr().to_numpy()
    for one, other in zip(*np.triu_indices(len(NAMES), 1), strict=True):
        if abs(found[one, other]) >= ALIKE:
            yield NAMES[one], NAMES[other], float(found[one, other])


def _counted(values: npt.NDArray[np.float64], histogram: Histogram) -> list[int]:
    """Count values in the bins of a histogram, those beyond its ends first and last."""
    edges = np.array(
        [-np.inf, *histogram.edges[:-1], np.nextafter(histogram.edges[-1], np.inf), np.inf]
    )
    counts, _ = np.histogram(values, edges)
    return [int(count) for count in counts]


def markdown_table(head: list[str], rows: list[list[str]]) -> str:
    """Set out rows, the first column to the left and the others to the right."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))
