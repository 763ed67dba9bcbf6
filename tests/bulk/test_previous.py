"""The previous score of a row: read where it is one, absent where it is not, never a fault."""

import polars as pl
import pytest

from portfolio.options import SCORE_COLUMNS
from tests.bulk.conftest import GOOD, HEADER, NAMES

BOTH = {"previous_pd": "was", "previous_grade": "band"}


def lines(*pasts, delimiter=","):
    rows = [f"{HEADER},was,band", *(f"{GOOD.format('a')},{past}" for past in pasts)]
    return "\n".join(rows).replace(",", delimiter)


@pytest.mark.parametrize(
    "cell", ["", " ", "n/a", "-0.1", "1.0000001", "5%", "NaN", "inf", "1e999", '"0,5"', "-"]
)
def test_a_value_that_is_no_pd_is_absent(run, cell):
    found = run(lines(f"{cell},A"), **BOTH)
    assert found.results["previous_pd"].to_list() == [None]
    assert found.counts == (1, 1, 0)


@pytest.mark.parametrize("cell", ["", " ", "a", "H", "1", "AA", "A B"])
def test_a_value_that_is_no_grade_is_absent(run, cell):
    found = run(lines(f"0.5,{cell}"), **BOTH)
    assert found.results["previous_grade"].to_list() == [None]
    assert found.counts == (1, 1, 0)


def test_pd_and_grade_are_read_with_blanks_around_them(run):
    found = run(lines("0,A", "1, B", " 0.25 ,G ", "1e-3,A"), **BOTH)
    assert found.results["previous_pd"].to_list() == [0.0, 1.0, 0.25, 0.001]
    assert found.results["previous_grade"].to_list() == ["A", "B", "G", "A"]


def test_a_pd_may_have_a_decimal_comma(run):
    found = run(lines("x", delimiter=";").replace("x", "0,25;A"), decimal=",", **BOTH)
    assert found.results["previous_pd"].to_list() == [0.25]


def test_they_stand_after_the_passed_columns(run):
    found = run(lines("0.5,A"), pass_through=["was"], **BOTH)
    expected = ["line", "reference", "was", "previous_pd", "previous_grade", *SCORE_COLUMNS]
    assert found.results.columns == list(found.layout.results) == expected
    assert found.results["was"].to_list() == ["0.5"]


def test_one_of_them_may_stand_alone(run):
    found = run(lines("0.5,A"), previous_grade="band")
    assert found.results.columns == ["line", "reference", "previous_grade", *SCORE_COLUMNS]


def test_a_file_without_rows_has_the_same_columns(run, scorer):
    full = run(lines("0.5,A", "bad,bad"), **BOTH).results.schema
    assert run(lines("0.5,A").replace("648", "9"), **BOTH).results.schema == full
    assert full["previous_pd"] == pl.Float64


@pytest.mark.parametrize("kind", [pl.Float64, pl.Float32, pl.String, pl.Int64])
def test_parquet_has_them_as_numbers_or_text(run, tmp_path, kind):
    row = dict(zip(NAMES, (3, 4200, 13600, 61500, 4, 648), strict=True))
    frame = pl.DataFrame([row] * 3).with_columns(
        was=pl.Series(["0", "1", None]).cast(kind), band=pl.Series(["A", None, "Z"])
    )
    frame.write_parquet(tmp_path / "file")
    found = run((tmp_path / "file").read_bytes(), format="parquet", **BOTH)
    assert found.results["previous_pd"].to_list() == [0.0, 1.0, None]
    assert found.results["previous_grade"].to_list() == ["A", None, None]


def test_ndjson_has_them_as_numbers_or_text(run):
    fields = '"credit_lines_outstanding":3,"loan_amt_outstanding":1,"total_debt_outstanding":1'
    fields += ',"income":61500,"years_employed":4,"fico_score":648'
    rows = [
        f'{{{fields},"was":{was},"band":{band}}}'
        for was, band in (("0.25", '"A"'), ('"0.25"', "null"), ("null", "1"), ("true", '"B"'))
    ]
    found = run("\n".join(rows), format="ndjson", **BOTH)
    assert found.results["previous_pd"].to_list() == [0.25, 0.25, None, None]
    assert found.results["previous_grade"].to_list() == ["A", None, None, "B"]
