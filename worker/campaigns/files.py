"""The files of a campaign that is over: results, errors, unprocessed, summary, reconciliation.

They are written of a cancelled or failed campaign too and say what was and what was not done.
"""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from portfolio.layout import Layout
from portfolio.options import PortfolioError
from protocol.durable import written
from protocol.folder import CampaignFolder
from protocol.joined import write_joined
from protocol.ledger import Record
from worker.bulk import parts
from worker.bulk.chunk import Scored
from worker.bulk.leftover import copy, write_leftover
from worker.bulk.ranges import Range
from worker.bulk.tally import Tally
from worker.campaigns.diff.member import diff
from worker.campaigns.fetch import is_fetched
from worker.campaigns.part import scored_range
from worker.campaigns.plan import Plan
from worker.campaigns.summary import replay, summary
from worker.scorer import Scorer
from worker.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from portfolio.options import Format


def write_files(  # noqa: PLR0913 - all that a campaign is made of
    folder: CampaignFolder,
    record: Record,
    done: set[int],
    scorer: Scorer | None,
    shelf: Shelf | None = None,
    *,
    poison: bool = False,
) -> None:
    """Join the parts and account for every byte of the portfolio.

    Args:
        folder: has the portfolio, the plan and the parts.
        record: of the campaign.
        done: numbers of the chunks that were scored.
        scorer: of the model it is pinned to; None when it was never planned.
        shelf: of a campaign over decision records, see `write_part`.
        poison: whether a chunk was given up: reading it again could end this worker too.
    Raises:
        PortfolioError: the portfolio has changed.
        OSError: a file cannot be read or written.
    """
    # A cancelled campaign may never have fetched what its URI names, or read its records.
    fetched = not is_fetched(record) or folder.portfolio.exists()
    outcome: dict[str, Any] = {
        "campaign": folder.path.name,
        "input": _input(record) if fetched else None,
    }
    if scorer is None and fetched:
        whole = [(0, folder.portfolio.stat().st_size)]
        copy(folder.portfolio, whole, folder.file("unprocessed"))
    elif scorer is not None:
        plan = Plan.read(folder)
        empty = _score_nothing(folder, plan.layout, scorer, shelf)
        tallies = _tallies(folder, done)
        _join_parts(folder, plan.layout, tallies, empty)
        total = Tally.added([Tally.of(empty, scorer), *tallies.values()])
        _write_summary(folder, plan, total, scorer, record)
        outcome |= _account(folder, plan, done, total, poison=poison)
        outcome["model"] = {
            name: record[name] for name in ("model", "version", "digest", "policy", "policy_digest")
        }
    outcome["files"] = {kind: _named(folder, kind) for kind in _written(folder)}
    with written(folder.file("reconciliation")) as file:
        file.write(json.dumps(outcome, indent=2).encode())


def _score_nothing(
    folder: CampaignFolder, layout: Layout, scorer: Scorer, shelf: Shelf | None
) -> Scored:
    """Give the columns of results and errors without a row."""
    nothing = Range(0, layout.body_start, layout.body_start, layout.body_line, 0)
    return scored_range(folder, nothing, layout, scorer, shelf)


def _tallies(folder: CampaignFolder, done: set[int]) -> dict[int, Tally]:
    """Read what each chunk counted, in the order of the chunks."""
    return {
        number: Tally.model_validate_json(folder.part("tally", number).read_bytes())
        for number in sorted(done)
    }


def _join_parts(
    folder: CampaignFolder, layout: Layout, tallies: dict[int, Tally], empty: Scored
) -> None:
    """Make one file of the results of all chunks, and one of the errors of those that have any."""
    faulty = [number for number, tally in tallies.items() if tally.faults]
    kinds: tuple[tuple[str, Format, pl.DataFrame, Iterable[int]], ...] = (
        ("results", layout.options.output, empty.results, tallies),
        ("errors", "csv", empty.rejected, faulty),
    )
    for kind, output, columns, numbers in kinds:
        paths = [folder.part(kind, number) for number in numbers]
        spans = parts.join(paths, folder.frame(kind), output, columns)
        write_joined(folder.file(kind), spans)


def _write_summary(
    folder: CampaignFolder, plan: Plan, total: Tally, scorer: Scorer, record: Record
) -> None:
    told = summary(total, scorer)
    told["replay"] = replay(total, record)
    told["diff"] = diff(folder, plan, scorer.policy, total.scored)
    with written(folder.file("summary")) as file:
        file.write(json.dumps(told).encode())


def _account(
    folder: CampaignFolder, plan: Plan, done: set[int], total: Tally, *, poison: bool
) -> dict[str, Any]:
    """Write what was left unprocessed, and count it beside what was not."""
    left = [one for one in plan.ranges if one.index not in done]
    # Rows of Parquet have to be read to be copied, other rows are bytes.
    damaged = poison and plan.layout.options.format == "parquet"
    try:
        if not damaged:
            write_leftover(folder.portfolio, plan.layout, left, folder.file("unprocessed"))
    except PortfolioError:
        damaged = True  # most likely why it failed
    if damaged:
        copy(folder.portfolio, [(0, plan.size)], folder.file("unprocessed"))
    return {
        "portfolio_damaged": damaged,
        "rows": {
            "total": sum(one.rows for one in plan.ranges),
            "scored": total.scored,
            "invalid": total.invalid,
            "unprocessed": sum(one.rows for one in left),
        },
        "chunks": {"total": len(plan.ranges), "done": len(done), "unprocessed": len(left)},
        "unprocessed": [
            {"chunk": one.index, "first_line": one.first_line, "rows": one.rows} for one in left
        ],
    }


def _input(record: Record) -> dict[str, Any]:
    return {"bytes": int(record["bytes"]), "sha256": record["sha256"]}


def _written(folder: CampaignFolder) -> list[str]:
    kinds = ("results", "errors", "unprocessed", "summary")
    return [kind for kind in kinds if folder.file(kind).exists()]


def _named(folder: CampaignFolder, kind: str) -> dict[str, Any]:
    """Name a file by its size and digest."""
    with folder.open(kind) as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return {"bytes": file.tell(), "sha256": sha256}
