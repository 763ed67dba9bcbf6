"""Pictures of a model on the held-out loans: ROC, confusion matrix, calibration."""

from typing import TYPE_CHECKING

import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, roc_curve

from training.metrics import CUT, Floats, Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Bins of the calibration picture, equally wide.
BINS = 10


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
    """Draw the share of defaults among loans of about the same pd."""
    figure, axes = _sheet("Calibration", "mean pd", "share of defaults")
    share, mean_pd = calibration_curve(defaults, pd, n_bins=BINS)
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.plot(mean_pd, share, marker="o")
    return figure


def _sheet(title: str, across: str, up: str) -> "tuple[Figure, Axes]":
    # Imported late: matplotlib makes its folder when imported, `training.enclosure` says where.
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(5, 4), layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=across, ylabel=up)
    return figure, axes
