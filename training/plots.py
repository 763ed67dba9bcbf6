"""Pictures of a model: on the held-out loans, and of how it learns."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import confusion_matrix, roc_curve

from training import bands
from training.bands import Band
from training.learning import Point
from training.metrics import CUT, Floats, Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def pictures(defaults: Ints, pd: Floats) -> dict[str, "Figure"]:
    """Draw every picture.

    Args:
        defaults: shape (n,), 1 is a default; both classes must be present.
        pd: shape (n,), 0..1.
    Returns:
        File name -> picture.
    """
    return {
        "roc.png": roc(defaults, pd),
        "confusion.png": confusion(defaults, pd),
        "calibration.png": calibration(defaults, pd),
    }


def roc(defaults: Ints, pd: Floats) -> "Figure":
    """Draw the defaults caught against the repaid loans flagged, over all cut-offs."""
    figure, axes = _sheet("ROC", "repaid loans flagged", "defaults caught")
    false_alarms, caught, _ = roc_curve(defaults, pd)
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.plot(false_alarms, caught)
    return figure


def confusion(defaults: Ints, pd: Floats) -> "Figure":
    """Draw the four counts at `CUT`."""
    figure, axes = _sheet(f"Confusion at pd {CUT}", "by the model", "by the outcome")
    counts = confusion_matrix(defaults, pd >= CUT, labels=[0, 1])
    axes.imshow(np.sqrt(counts), cmap="Blues", alpha=0.6)
    for (row, column), count in np.ndenumerate(counts):
        axes.text(column, row, f"{count:,}", ha="center", va="center")
    axes.set_xticks([0, 1], ["repaid", "default"])
    axes.set_yticks([0, 1], ["repaid", "default"])
    return figure


def calibration(defaults: Ints, pd: Floats) -> "Figure":
    """Draw the share of defaults, with its 95 % interval, among loans of about the same pd."""
    figure, axes = _sheet(f"Calibration, {len(pd):,} loans", "mean pd", "share of defaults")
    there = bands.by_pd(defaults, pd)
    mean_pd = [band.mean_pd or 0 for band in there]
    found = np.array([band.defaults / band.loans for band in there])
    reach = np.abs(np.array([band.interval for band in there]).T - found)
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.errorbar(mean_pd, found, yerr=reach, marker="o", capsize=3)
    for at, band in enumerate(there):
        axes.annotate(
            f"{band.loans:,}",
            (mean_pd[at], found[at]),
            xytext=(6, -10),
            fontsize=7,
            textcoords="offset points",
        )
    return figure


def lift(tenths: Sequence[Band]) -> "Figure":
    """Draw the share of defaults in each tenth of the loans, the riskiest first."""
    figure, axes = _sheet("Lift", "tenth of the loans, riskiest first", "share of defaults")
    axes.bar([band.name for band in tenths], [band.defaults / band.loans for band in tenths])
    everybody = sum(band.defaults for band in tenths) / sum(band.loans for band in tenths)
    axes.axhline(everybody, linestyle=":", color="grey")
    return figure


def cut_offs(decided: Sequence[Band]) -> "Figure":
    """Draw what became of the loans that the policy would approve, review and decline."""
    figure, axes = _sheet("Confusion at the policy's cut-offs", "by the outcome", "by the policy")
    counts = np.array([[band.loans - band.defaults, band.defaults] for band in decided])
    axes.imshow(np.sqrt(counts), cmap="Blues", alpha=0.6, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        axes.text(column, row, f"{count:,}", ha="center", va="center")
    axes.set_xticks([0, 1], ["repaid", "default"])
    axes.set_yticks(range(len(decided)), [band.name for band in decided])
    return figure


def learning_curve(points: Sequence[Point]) -> "Figure":
    """Draw the log loss on seen and unseen loans against the number learnt from."""
    figure, axes = _sheet("Learning curve", "loans learnt from", "log loss")
    loans = [point.loans for point in points]
    axes.plot(loans, [point.seen for point in points], marker="o", label="seen")
    axes.plot(loans, [point.unseen for point in points], marker="o", label="unseen")
    axes.legend()
    return figure


def importance(found: Mapping[str, tuple[float, float]]) -> "Figure":
    """Draw by how much the log loss grows when a field is shuffled."""
    figure, axes = _sheet("Permutation importance", "log loss more", "")
    rising = sorted(found, key=lambda name: found[name][0])
    means, spreads = zip(*(found[name] for name in rising), strict=True)
    axes.barh(rising, means, xerr=spreads)
    return figure


def _sheet(title: str, across: str, up: str) -> "tuple[Figure, Axes]":
    # Imported late: matplotlib makes its folder when imported, `training.enclosure` says where.
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(5, 4), layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=across, ylabel=up)
    return figure, axes
