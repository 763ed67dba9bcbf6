"""A group of rows of Parquet: the same scores as of CSV, and every fault by the row's number."""

import io
from datetime import date

import polars as pl
import pytest

from portfolio.options import PortfolioError
from protocol.application import EXAMPLE
from tests.bulk.conftest import HEADER, NAMES, random_applications
from worker.bulk.parquet import ROW_BYTES, check_size

GOOD = {"reference": "a", **EXAMPLE._asdict()}


def parquet(frame, **options):
    file = io.BytesIO()
    pl.DataFrame(frame, strict=False).write_parquet(file, **options)
    return file.getvalue()


def test_the_scores_are_those_of_the_same_rows_in_csv(run):
    rows = random_applications(2_000).tolist()
    plain = "\n".join([HEADER, *(f"{n},{','.join(map(repr, row))}" for n, row in enumerate(rows))])
    frame = pl.DataFrame(rows, schema=NAMES, orient="row").with_row_index("reference")
    of_csv = run(plain).results.drop("line")
    whole = run(parquet(frame, row_group_size=300), format="parquet")
    assert whole.results.drop("line").equals(of_csv)
    cut = run(parquet(frame, row_group_size=300), format="parquet", size=7_000)
    assert len(cut.ranges) == 19
    assert cut.results.equals(whole.results)
    assert cut.results["line"].to_list() == list(range(1, 2_001))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "missing"),
        (float("nan"), "not-a-number"),
        (float("inf"), "not-a-number"),
        (-1.0, "out-of-range"),
        (2e12, "out-of-range"),
    ],
)
def test_a_value_that_is_no_amount_is_refused(run, value, code):
    found = run(parquet([GOOD, {**GOOD, "income": value}]), format="parquet")
    assert found.faults == [(2, "income", code)]
    assert found.counts == (2, 1, 1)


def test_columns_may_be_whole_numbers_decimals_or_text(run):
    kinds = [pl.Int8, pl.Float32, pl.Decimal(20, 2), pl.String, pl.UInt16, pl.Int64]
    frame = pl.DataFrame([GOOD] * 3).with_columns(
        pl.col(name).cast(pl.Float64).cast(kind) for name, kind in zip(NAMES, kinds, strict=True)
    )
    found = run(parquet(frame), format="parquet")
    as_csv = run(f"{HEADER}\na,3,4200,13600,61500,4,648\n")
    assert found.results["pd"].to_list() == as_csv.results["pd"].to_list() * 3


def test_dates_and_booleans_are_passed(run):
    frame = [{**GOOD, "opened": date(2024, 2, 29), "vip": True}]
    found = run(parquet(frame), format="parquet", pass_through=["opened", "vip"])
    assert found.results.select("opened", "vip").rows() == [(date(2024, 2, 29), True)]


def test_a_file_without_rows_has_no_ranges(run):
    assert run(parquet(pl.DataFrame([GOOD]).clear()), format="parquet").ranges == []


def test_a_column_of_one_value_does_not_hold_more_rows_than_a_csv_could(tmp_path):
    few = tmp_path / "portfolio"
    few.write_bytes(parquet(pl.select(pl.repeat(1.0, 1_000_001).alias("x"))))
    check_size(few, 1_000_001 * ROW_BYTES)
    with pytest.raises(PortfolioError, match="1000001 rows, of which 1000000 are taken") as refused:
        check_size(few, 1_000_001 * ROW_BYTES - 1)
    assert refused.value.code == "too-large"


def test_a_long_text_that_is_stored_once_is_not_written_thousands_of_times(run):
    text = pl.Series("note", ["x" * (1 << 20)]).new_from_index(0, 257)
    frame = pl.DataFrame([GOOD] * 257).with_columns(text)
    content = parquet(frame, compression="zstd")
    assert len(content) < 100_000
    with pytest.raises(PortfolioError, match="rows 1 to 257 hold more than") as refused:
        run(content, format="parquet", pass_through=["note"])
    assert refused.value.code == "too-large"
    assert run(content, format="parquet").counts == (257, 257, 0)


def damaged():
    whole = parquet([GOOD] * 100)
    return whole[: len(whole) // 2]


@pytest.mark.parametrize(
    ("content", "options", "code", "cause"),
    [
        (b"", {}, "empty-file", "empty"),
        (HEADER, {}, "wrong-format", "no Parquet file"),
        (damaged(), {}, "unreadable", "damaged or cut short"),
        (parquet([{"income": 1}]), {}, "missing-columns", "no column credit_lines_outstanding"),
        (parquet([{**GOOD, "income": [1.0]}]), {}, "wrong-type", "the column income is of type"),
        (parquet([{**GOOD, "income": True}]), {}, "wrong-type", "the column income is of type"),
        (parquet([{**GOOD, "n": [1]}]), {"pass_through": ["n"]}, "wrong-type", "the column n is"),
        (parquet([{**GOOD, "n": True}]), {"previous_pd": "n"}, "wrong-type", "the column n is"),
        (parquet([{**GOOD, "n": [1]}]), {"previous_grade": "n"}, "wrong-type", "the column n is"),
    ],
)
def test_a_file_of_something_else_is_refused(run, content, options, code, cause):
    with pytest.raises(PortfolioError, match=cause) as refused:
        run(content, format="parquet", **options)
    assert refused.value.code == code
