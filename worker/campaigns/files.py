"""The files of a campaign that is over: results, errors, unprocessed, summary, reconciliation.

They are written of a cancelled or failed campaign too and say what was and what was not done.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from protocol.durable import written
from protocol.folder import CampaignFolder
from protocol.ledger import Record
from protocol.portfolio import Options
from worker.bulk import parts
from worker.bulk.chunk import score
from worker.bulk.layout import read_layout
from worker.bulk.leftover import copy, write_leftover
from worker.bulk.ranges import Range
from worker.bulk.tally import Tally
from worker.campaigns.plan import Plan
from worker.campaigns.summary import summary
from worker.scorer import Scorer

_BLOCK = 1 << 20


def write_files(
    folder: CampaignFolder, options: Options, record: Record, done: set[int], scorer: Scorer | None
) -> None:
    """Join the parts and account for every byte of the portfolio.

    Args:
        folder: has the portfolio, the plan and the parts.
        options: how to read and write.
        record: of the campaign.
        done: numbers of the chunks that were scored.
        scorer: of the model it is pinned to; None when it was never planned.
    Raises:
        PortfolioError: the portfolio has changed.
        OSError: a file cannot be read or written.
    """
    outcome: dict[str, Any] = {"campaign": folder.path.name, "input": _input(record)}
    if scorer is None:
        whole = [(0, folder.portfolio.stat().st_size)]
        copy(folder.portfolio, whole, folder.file("unprocessed"))
    else:
        outcome |= _write_planned(folder, options, sorted(done), scorer)
        outcome["model"] = {name: record[name] for name in ("model", "version", "digest", "policy")}
    outcome["files"] = {kind: _named(folder.file(kind)) for kind in _written(folder)}
    with written(folder.file("reconciliation")) as file:
        file.write(json.dumps(outcome, indent=2).encode())


def _write_planned(
    folder: CampaignFolder, options: Options, done: list[int], scorer: Scorer
) -> dict[str, Any]:
    plan = Plan.read(folder)
    layout = read_layout(folder.portfolio, options)
    nothing = Range(0, layout.body_start, layout.body_start, layout.body_line)
    empty = score(folder.portfolio, nothing, layout, scorer)
    for kind, output, frame in (
        ("results", options.output, empty.results),
        ("errors", "csv", empty.rejected),
    ):
        pieces = [folder.part(kind, number) for number in done]
        parts.join(pieces, folder.file(kind), output, frame)
    left = [one for one in plan.ranges if one.index not in set(done)]
    write_leftover(folder.portfolio, layout, left, folder.file("unprocessed"))
    tallies = [_tally(folder, number) for number in done]
    total = Tally.added([Tally.of(empty, empty.applications, scorer.manifest), *tallies])
    with written(folder.file("summary")) as file:
        file.write(json.dumps(summary(total, scorer.manifest)).encode())
    return {
        "rows": total.rows,
        "scored": total.scored,
        "invalid": total.invalid,
        "chunks": {"total": len(plan.ranges), "done": len(done), "unprocessed": len(left)},
        "unprocessed": [{"chunk": one.index, "first_line": one.first_line} for one in left],
    }


def _tally(folder: CampaignFolder, number: int) -> Tally:
    return Tally.model_validate_json(folder.part("tally", number).read_bytes())


def _input(record: Record) -> dict[str, Any]:
    return {"bytes": int(record["bytes"]), "sha256": record["sha256"]}


def _written(folder: CampaignFolder) -> list[str]:
    kinds = ("results", "errors", "unprocessed", "summary")
    return [kind for kind in kinds if folder.file(kind).exists()]


def _named(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}
