"""Portfolios for the diff: applicants whose pd lies anywhere, in any format and order."""

import csv
import io
import json

import polars as pl

from protocol.application import FIELDS

FIELD_NAMES = [field.name for field in FIELDS]


def applicant(dice, **more):
    """One row; its pd depends on the debt and is as often near a cut-off as far from one."""
    debt = round(50_000 * dice.uniform(0.25, 0.35), 2)
    return {**dict(zip(FIELD_NAMES, (2, 3_000, debt, 50_000, 3, 650), strict=True)), **more}


def written(rows, kind, names):
    """Write rows as a portfolio of one format, of these columns and the six fields."""
    names = [*names, *FIELD_NAMES]
    if kind == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()
    if kind == "ndjson":
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    file = io.BytesIO()
    kinds = {name: pl.String if name == "reference" else pl.Float64 for name in names}
    pl.DataFrame(rows, schema=kinds).write_parquet(file)
    return file.getvalue()
