"""What one chunk gives: its results, its faults and its tally, each a file."""

from protocol.durable import replacing_all
from protocol.folder import CampaignFolder
from worker.bulk import parts
from worker.bulk.chunk import score
from worker.bulk.tally import Tally
from worker.campaigns.plan import Plan
from worker.scorer import Scorer


def write_part(folder: CampaignFolder, number: int, scorer: Scorer) -> Tally:
    """Score one range of a portfolio and write what came of it.

    The same range gives the same bytes, so it does not matter who wrote them last.

    Args:
        folder: has the portfolio and the plan.
        number: of the range.
        scorer: of the model the campaign is pinned to.
    Raises:
        PortfolioError: the portfolio has changed, or cannot be read.
        OSError: a file cannot be read or written.
        RuntimeError: a row was lost or doubled; nothing was written.
    """
    plan = Plan.read(folder)
    part = plan.ranges[number]
    try:
        scored = score(folder.portfolio, part, plan.layout, scorer)
    finally:
        # What it read, or could not read, may be of another file.
        plan.prove_unchanged(folder)
    if scored.rows != part.rows:
        raise RuntimeError(f"range {number}: {scored.rows} rows of {part.rows}")
    tally = Tally.of(scored, scorer)
    # Without a fault there is no file of faults: each is a wait for the disk, and few have any.
    kinds = ("results", "tally", "errors") if tally.faults else ("results", "tally")
    with replacing_all([folder.part(kind, number) for kind in kinds]) as (results, told, *errors):
        parts.write(scored.results, results, plan.layout.options.output)
        told.write_text(tally.model_dump_json())
        for path in errors:
            parts.write(scored.rejected, path, "csv")
    return tally
