"""The figures of the trained models, as `protocol.figures` describes them."""

from collections.abc import Mapping

import numpy as np
from sklearn.metrics import roc_curve

from protocol.figures import FORMAT, Calibrated, Cut, Figures
from training import bands
from training.comparison import HEADINGS
from training.metrics import Floats, Ints
from training.split import Sample
from training.study import Study

#: Points of the ROC curve that are kept, about: each as far along it as from the one before.
POINTS = 25


def figures(digest: str, served: str, studies: Mapping[str, Study], held_out: Sample) -> Figures:
    """Set out what was measured.

    Args:
        digest: of the served model.
        served: its name among `studies`.
        studies: model name -> what was found of it.
        held_out: the loans that none of them learnt from.
    """
    found = studies[served]
    pd = found.pipeline.predict_proba(held_out.rows)[:, 1]
    return Figures(
        format=FORMAT,
        digest=digest,
        served=served,
        calibration=[_calibrated(band) for band in bands.by_pd(*found.unseen)],
        roc=roc(held_out.defaults, pd),
        models={
            name: {figure: study.figures[figure] for figure in HEADINGS}
            for name, study in studies.items()
        },
    )


def roc(defaults: Ints, pd: Floats) -> list[Cut]:
    """Thin out the ROC curve.

    >>> cuts = roc(np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.4, 0.9]))
    >>> [(cut.false_alarms, cut.caught) for cut in cuts]
    [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)]

    Args:
        defaults: shape (n,), 1 is a default; both classes must be present.
        pd: shape (n,), 0..1.
    """
    across, up, pds = roc_curve(defaults, pd)
    along = across + up  # 0 to 2, never falling
    kept = np.unique(np.searchsorted(along, np.linspace(0, 2, POINTS)))
    kept = np.union1d(kept[kept < len(along)], [0, len(along) - 1])
    return [
        Cut(
            pd=float(pds[at]) if np.isfinite(pds[at]) else None,
            false_alarms=float(across[at]),
            caught=float(up[at]),
        )
        for at in kept
    ]


def _calibrated(band: bands.Band) -> Calibrated:
    low, high = band.interval
    mean_pd = min(1.0, band.mean_pd or 0.0)  # a mean of ones can come out above one
    return Calibrated(mean_pd=mean_pd, loans=band.loans, defaults=band.defaults, low=low, high=high)
