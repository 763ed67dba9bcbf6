"""Archived decisions as a portfolio: what was decided, of whom, and what is needed to compare.

Called by the plan of a campaign over records; `worker.replay.chunk` reads what it writes.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from protocol.application import FIELDS
from protocol.population import Population
from protocol.record import Head
from protocol.states import State
from records import table
from records.folder import ArchiveError, File, Folder
from records.search import Question
from worker.scorecard import MOST_REASONS

_NAMES = [field.name for field in FIELDS]
_MADE_BY = pl.Struct({"digest": pl.String})
_RESULT = pl.Struct(
    {
        "pd": pl.Float64,
        "points": pl.Int64,
        "grade": pl.String,
        "decision": pl.String,
        "expected_loss": pl.Float64,
        "reasons": pl.List(pl.Struct({"code": pl.String, "points_lost": pl.Float64})),
        "warnings": pl.List(pl.Struct({"field": pl.String})),
    }
)
#: What is read of the two parts. Of polars' ways to read JSON this one gives each number to the
#: last bit; `str.json_path_match` (polars 2.1) writes some numbers anew and alters them.
_PUBLIC = pl.Struct({"model": _MADE_BY, "policy": _MADE_BY})
_PERSONAL = pl.Struct(
    {
        "application": pl.Struct(dict.fromkeys(_NAMES, pl.Float64)),
        "reference": pl.String,
        "result": _RESULT,
    }
)
_READ = ["seq", "class", "id", "owner", "state", "decision", "finished_ms", "public", "personal"]
#: Points that each reason lost, the dearest first; 0 where there are fewer reasons.
LOST = tuple(f"lost_{place}" for place in range(MOST_REASONS))
#: The columns: what the record says, `erased` where its personal part is gone.
COLUMNS = {
    "seq": pl.Int64(),
    "id": pl.String(),
    "reference": pl.String(),
    "erased": pl.Boolean(),
    **dict.fromkeys(_NAMES, pl.Float64()),
    "recorded_model": pl.String(),
    "recorded_policy": pl.String(),
    "recorded_pd": pl.Float64(),
    "recorded_points": pl.Int64(),
    "recorded_grade": pl.String(),
    "recorded_decision": pl.String(),
    "recorded_expected_loss": pl.Float64(),
    "recorded_reasons": pl.String(),
    "recorded_warnings": pl.String(),
    **dict.fromkeys(LOST, pl.Float64()),
}


def export(
    archive: Folder, owner: str, population: Population, path: Path, look: Callable[[], None]
) -> Head:
    """Write the decisions of a population as one Parquet file, in the order of the chain.

    One file of the archive is held at a time.

    Args:
        archive: the decision records.
        owner: whose.
        population: which of them; those without a personal part are among them, unless something
            is asked that only the personal part says.
        path: replaced.
        look: called before each file of the archive; what it raises ends this.
    Returns:
        The last record of the archive as it was read.
    Raises:
        ArchiveError: a file of the archive cannot be read.
        OSError: the file could not be written.
    """
    files = archive.files()
    question = _question(owner, population)
    with TemporaryDirectory(prefix=".portfolio.", dir=path.parent) as beside:
        parts = [Path(beside) / "none"]
        pl.DataFrame(schema=COLUMNS).write_parquet(parts[0])
        for file in files:
            look()
            if question.asks_for(file):
                parts.append(Path(beside) / str(file.first_seq))
                _decisions(file, question).write_parquet(parts[-1], statistics=False)
        pl.scan_parquet(parts).sink_parquet(path, compression="zstd", compression_level=1)
    return table.last(files[-1]) if files else archive.anchor()


def _question(owner: str, population: Population) -> Question:
    return Question(
        id=population.id,
        reference=population.reference,
        owner=owner,
        decision=population.decision,
        state=State.SUCCEEDED,
        first=date.fromisoformat(population.first) if population.first else None,
        last=date.fromisoformat(population.last) if population.last else None,
    )


def _decisions(file: File, question: Question) -> pl.DataFrame:
    """Read the decisions of one file, columns as in `COLUMNS`."""
    # What was done with a score later is a record too, of another class.
    found = table.read(file, _READ).filter(question.wanted(), pl.col("class") == "score")
    try:
        return decoded(found)
    except pl.exceptions.PolarsError as error:
        # Its own text quotes what it read.
        raise ArchiveError(
            f"{file.path}: a record cannot be read ({type(error).__name__})"
        ) from None


def decoded(records: pl.DataFrame) -> pl.DataFrame:
    """Read the two parts of records; columns as in `COLUMNS`, null where there is no part."""
    read = records.select(
        "seq",
        "id",
        pl.col("personal").is_null().alias("erased"),
        pl.col("public").str.json_decode(_PUBLIC),
        pl.col("personal").str.json_decode(_PERSONAL),
    )
    personal = pl.col("personal").struct
    application, result = personal.field("application").struct, personal.field("result").struct
    reasons = result.field("reasons")
    shown = ("pd", "points", "grade", "decision", "expected_loss")
    return read.select(
        "seq",
        "id",
        personal.field("reference"),
        "erased",
        *(application.field(name) for name in _NAMES),
        *(
            pl.col("public").struct.field(part).struct.field("digest").alias(f"recorded_{part}")
            for part in ("model", "policy")
        ),
        *(result.field(name).alias(f"recorded_{name}") for name in shown),
        _joined(reasons, "code").alias("recorded_reasons"),
        _joined(result.field("warnings"), "field").alias("recorded_warnings"),
        *(
            reasons.list.get(place, null_on_oob=True)
            .struct.field("points_lost")
            .fill_null(0.0)
            .alias(name)
            for place, name in enumerate(LOST)
        ),
    ).match_to_schema(COLUMNS)


def _joined(entries: pl.Expr, name: str) -> pl.Expr:
    return entries.list.eval(pl.element().struct.field(name)).list.join(";")
