"""The member `diff` of a campaign's summary."""

from typing import Any

from protocol.folder import CampaignFolder
from protocol.policy import Policy
from worker.campaigns.diff import columns
from worker.campaigns.diff.finished import scan
from worker.campaigns.diff.movement import Movement
from worker.campaigns.diff.partners import NoPartnersError, compare
from worker.campaigns.plan import Plan


def diff(folder: CampaignFolder, plan: Plan, policy: Policy, scored: int) -> dict[str, Any] | None:
    """Compare a campaign's scores with those its rows had before.

    Args:
        folder: of the campaign; has its results.
        plan: of the campaign; its options name what to compare with.
        policy: it is pinned to.
        scored: rows of the results.
    Returns:
        JSON object; None when the options name nothing. `docs/campaigns.md` explains its members.
    Raises:
        OSError: a file cannot be read or written.
    """
    options = plan.layout.options
    movement = Movement([band.grade for band in policy.grades])
    if options.compare_with is not None:
        other = folder.beside(options.compare_with)
        try:
            counts = compare(folder, plan, other, movement)
        except NoPartnersError as error:
            return {"with": options.compare_with, "error": str(error)}
        return _told(options.compare_with, counts, movement, with_pd=True)
    if not options.previous:
        return None
    for pairs in columns.pairs(scan(folder, plan.layout), policy):
        movement.add(pairs)
    counts = {"without_previous": scored - movement.compared}
    return _told("columns", counts, movement, with_pd=options.previous_pd is not None)


def _told(
    past: str, counts: dict[str, Any], movement: Movement, *, with_pd: bool
) -> dict[str, Any]:
    unknown = dict.fromkeys(("decisions", "flips", "pd", "movers"))
    return {
        "with": past,
        "compared": movement.compared,
        **counts,
        "grades": movement.grades(),
        **(movement.decisions() if with_pd else unknown),
    }
