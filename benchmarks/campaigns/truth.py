"""The truth about a portfolio: the pd of every row by `predict_proba`, and a check against it."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.cases import TOLERANCE
from portfolio.options import Format
from protocol.application import FIELDS

#: Rows looked at once.
BLOCK = 500_000
_NAMES = [field.name for field in FIELDS]
Floats = npt.NDArray[np.float64]


def probabilities(csv: Path, pipeline: Any) -> Floats:
    """Compute the pd of every row of a portfolio; NaN where a cell is no number.

    Args:
        csv: see `portfolio.write_csv`.
        pipeline: the fitted one of the artefact.
    Returns:
        Shape (rows,), in the order of the file.
    """
    numbers = pl.col(_NAMES).cast(pl.Float64, strict=False)
    rows = pl.scan_csv(csv, infer_schema=False).select(numbers)
    return np.concatenate(
        [_predicted(batch, pipeline) for batch in rows.collect_batches(chunk_size=BLOCK)]
    )


def wrong(results: Path, kind: Format, pds: Floats, good: npt.NDArray[np.bool_]) -> int:
    """Count the results that are missing, too many, out of order or of another pd.

    Args:
        results: with the columns reference and pd.
        kind: its format.
        pds: see `probabilities`.
        good: which rows of the portfolio must have a result; the others must have none.
    """
    table = pl.scan_csv(results) if kind == "csv" else pl.scan_parquet(results)
    expected, seen, off = np.flatnonzero(good), 0, 0
    for batch in table.select("reference", "pd").collect_batches(chunk_size=BLOCK):
        numbers = batch["reference"].str.slice(1).cast(pl.Int64).to_numpy()
        wanted = expected[seen : seen + len(numbers)]
        here = numbers[: len(wanted)]
        close = np.abs(batch["pd"].to_numpy()[: len(wanted)] - pds[wanted]) <= TOLERANCE
        off += len(numbers) - int((close & (here == wanted)).sum())
        seen += len(numbers)
    return off + max(0, len(expected) - seen)


def _predicted(batch: pl.DataFrame, pipeline: Any) -> Floats:
    values = batch.to_numpy()
    pds = np.full(len(values), np.nan)
    whole = np.isfinite(values).all(axis=1)
    pds[whole] = pipeline.predict_proba(values[whole])[:, 1]
    return pds
