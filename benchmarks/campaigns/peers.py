"""The peers: DuckDB computing the bare expression, and pandas in chunks with `predict_proba`.

`python -m benchmarks.campaigns.peers NAME ARTEFACT SOURCE TARGET` runs one in a process of its own
and prints its seconds, imports and the loading of the model left out. Nothing is left out to make
them slow, and nothing is added that ours has: no check of a row, no reasons, no fsync.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.artefact import pipeline
from protocol.application import FIELDS
from protocol.artefact import read_manifest
from protocol.features import COLUMNS
from worker.giving_way import give_way

#: Rows that pandas holds at once: faster here than 10,000 or a million.
CHUNK = 100_000
_NAMES = [field.name for field in FIELDS]


def run(name: str, artefact: Path, source: Path, target: Path) -> float:
    """Run a peer and wait; returns its seconds.

    Args:
        name: of `PEERS`.
        artefact: the model.
        source: portfolio; its suffix tells its format.
        target: of the same format; reference and pd of each row.
    """
    command = [sys.executable, "-m", __name__, name, str(artefact), str(source), str(target)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, start_new_session=True
    )
    return float(done.stdout)


def expression(artefact: Path) -> str:
    """Write the model's pd in SQL, from the folded coefficients."""
    fold = read_manifest(artefact).fold
    income = "greatest(income, 1)"
    columns = {
        "lti": f"loan_amt_outstanding / {income}",
        "dti": f"total_debt_outstanding / {income}",
    }
    terms = (
        f"({weight!r}) * {columns.get(column, column)}"
        for weight, column in zip(fold.coefficients, COLUMNS, strict=True)
    )
    return f"1 / (1 + exp(-(({fold.intercept!r}) + {' + '.join(terms)})))"


def duckdb(artefact: Path, source: Path, target: Path) -> float:
    """Have DuckDB copy reference and pd from file to file, on as many threads as we have workers.

    Its own defaults otherwise: the order of the rows is kept, Parquet is packed by Snappy.
    """
    import duckdb as library  # noqa: PLC0415 - not in the other peer's process

    kind = source.suffix.removeprefix(".")
    read = f"read_{kind}('{source}')"
    with library.connect() as connection:
        connection.execute("SET threads = 2")
        began = time.perf_counter()
        connection.execute(
            f"COPY (SELECT reference, {expression(artefact)} AS pd FROM {read})"  # noqa: S608 - ours
            f" TO '{target}' (FORMAT {kind})"
        )
        return time.perf_counter() - began


def pandas(artefact: Path, source: Path, target: Path) -> float:
    """Add the column pd to each chunk, as a script would."""
    return _in_chunks(artefact, source, target, ["reference", *_NAMES, "pd"])


def pandas_bare(artefact: Path, source: Path, target: Path) -> float:
    """Write reference and pd alone, as DuckDB does here."""
    return _in_chunks(artefact, source, target, ["reference", "pd"])


def _in_chunks(artefact: Path, source: Path, target: Path, columns: list[str]) -> float:
    """Read, predict and write chunk by chunk."""
    import pandas as library  # noqa: PLC0415 - not in the other peer's process

    model = pipeline(artefact)
    began = time.perf_counter()
    with target.open("w") as file, library.read_csv(source, chunksize=CHUNK) as chunks:
        for chunk in chunks:
            # The served pipeline takes an array; a pipeline fitted on frames would take longer.
            chunk["pd"] = model.predict_proba(chunk[_NAMES].to_numpy(float))[:, 1]
            chunk[columns].to_csv(file, index=False, header=file.tell() == 0)
    return time.perf_counter() - began


PEERS: dict[str, Callable[[Path, Path, Path], float]] = {
    "duckdb": duckdb,
    "pandas": pandas,
    "pandas-bare": pandas_bare,
}

if __name__ == "__main__":
    # Like our workers of campaigns, see `worker.__main__`: a busy neighbour disturbs all alike.
    give_way()
    _name, *_paths = sys.argv[1:]
    print(PEERS[_name](*map(Path, _paths)))
