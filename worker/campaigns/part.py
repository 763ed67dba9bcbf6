"""What one chunk gives: its results, its faults and its tally, each a file."""

from portfolio.layout import Layout
from protocol.durable import replacing_all
from protocol.folder import CampaignFolder
from worker.bulk import parts
from worker.bulk.chunk import Scored, score
from worker.bulk.ranges import Range
from worker.bulk.tally import Tally
from worker.campaigns.plan import Plan
from worker.replay.chunk import replayed
from worker.scorer import Scorer
from worker.shelf import Shelf


def write_part(
    folder: CampaignFolder, number: int, scorer: Scorer, shelf: Shelf | None = None
) -> Tally:
    """Score one range of a portfolio and write what came of it.

    The same range gives the same bytes, so it does not matter who wrote them last.

    Args:
        folder: has the portfolio and the plan.
        number: of the range.
        scorer: of the model the campaign is pinned to.
        shelf: of a campaign over decision records: has what made them.
    Raises:
        PortfolioError: the portfolio has changed, or cannot be read.
        OSError: a file cannot be read or written.
        RuntimeError: a row was lost or doubled; nothing was written.
    """
    plan = Plan.read(folder)
    part = plan.ranges[number]
    try:
        scored = scored_range(folder, part, plan.layout, scorer, shelf)
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


def scored_range(
    folder: CampaignFolder, part: Range, layout: Layout, scorer: Scorer, shelf: Shelf | None
) -> Scored:
    """Score a range of rows, or decide one of records again; as `write_part`."""
    if shelf is not None:
        return replayed(folder.portfolio, part, scorer, shelf)
    return score(folder.portfolio, part, layout, scorer)
