"""The populations that reasons compare an applicant with; see `protocol.artefact.Reference`.

Regulation B names two (12 CFR 1002.9, comment 9(b)(2)-5): applicants at or slightly above the
minimum passing score, and all applicants.
"""

import numpy as np
import numpy.typing as npt

from protocol.artefact import Reference, digest_of
from protocol.features import floored_divisor, ratios_for_amounts

Floats = npt.NDArray[np.float64]

ALL = "all-applicants"
NEAR = "near-cut-off"
#: Applicants near the cut-off: enough that a mean of them is steady, few enough to be near.
NEAREST = 200


def references(rows: Floats, pd: Floats, approve_below: float) -> dict[str, Reference]:
    """Describe both populations.

    Args:
        rows: of the applicants the model learnt from, shape (n, fields), as in `Application`.
        pd: of the same applicants, shape (n,).
        approve_below: the cut-off in force.
    Returns:
        `NEAR` is absent when nobody passes.
    """
    passed = np.flatnonzero(pd < approve_below)
    nearest = passed[np.argsort(-pd[passed], kind="stable")[:NEAREST]]
    found = {ALL: reference(rows, "all applicants the model learnt from")}
    if len(nearest):
        about = (
            f"the {len(nearest)} applicants with the highest pd below {approve_below:g}"
            " among those the model learnt from"
        )
        found[NEAR] = reference(rows[nearest], about)
    return found


def reference(rows: Floats, about: str) -> Reference:
    """Describe one population, of one applicant at least.

    >>> alike = np.array([[1, 3_000, 9_000, 60_000, 4, 650]] * 2, dtype=np.float64)
    >>> reference(alike, "two alike").columns
    [1.0, 0.05, 0.15, 60000.0, 4.0, 650.0]
    """
    ordered = rows[np.lexsort(rows.T[::-1])]
    return Reference(
        about=about,
        digest=digest_of(ordered.astype("<f8").tobytes()),
        applicants=len(rows),
        fields=rows.mean(axis=0).tolist(),
        columns=ratios_for_amounts(rows).mean(axis=0).tolist(),
        per_income=float((1 / floored_divisor(rows)).mean()),
    )
