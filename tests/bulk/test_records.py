"""Records of CSV: cell by cell what the standard library's reader finds, and on which line."""

import csv
import io

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.layout import locate
from portfolio.options import Options
from tests.bulk.conftest import NAMES
from worker.bulk.cells import LINE
from worker.bulk.faults import check, numbers
from worker.bulk.records import read_csv

TEXT = st.text(st.sampled_from("a1,;\t|\"\n\r é'#\\.-"), max_size=6)
COLUMNS = ("note", *NAMES)
#: Cells that one reader of numbers may take and another not.
SPELLINGS = (
    "5 +5 --5 +-5 -0 007 5. .5 . - + e5 1e5 1E+5 5e 1.e2 1d5 1f 0x10 1_000 1'000 1.2.3 1,5 ,5"
    " 1,000,5 1.000,5 5abc 5% inf -inf +Infinity nan NaN nan(1) null true 1e400 -1e400 1e-400"
    " 4.9e-324 2e-324 2.2250738585072011e-308 9007199254740993 0.10000000000000000555111512312578"
)
BLANKS = st.text(" \t\r\v\u00a0\u2003", max_size=2)
NUMBERS = st.one_of(
    st.floats(0, 1e12).map(repr),
    st.floats().map(repr),
    st.floats(0, 1e12).map("{:.25f}".format),
    st.integers(0, 10**30).map(str),
    st.sampled_from(
        [
            *SPELLINGS.split(),
            "",
            "9" * 400,
            "0" * 400 + "7",
            "0." + "0" * 400 + "1",
            "\u0665",
            "\uff15",
        ]
    ),
    st.text('0123456789+-.,eE_ \t\rinfa"é', max_size=8),
)
CELL = st.builds("{}{}{}".format, BLANKS, NUMBERS, BLANKS) | NUMBERS


@settings(max_examples=200)
@given(
    rows=st.lists(st.lists(TEXT, min_size=5, max_size=9), min_size=1, max_size=15),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
)
def test_the_cells_are_those_of_another_reader(rows, delimiter, end, last):
    layout = locate(Options(format="csv", pass_through=("note",)), COLUMNS, delimiter, 0)
    records = [written(row, delimiter) for row in rows]
    text = end.join(records) + (end if last else "")
    cells = read_csv(text.encode(), 100, layout)
    right, wrong, line = [], [], 100
    for record in records:
        if record:
            found = next(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter))
            (right if len(found) == len(COLUMNS) else wrong).append((line, *found))
        line += record.count("\n") + 1
    rows = every(cells).select(LINE, *COLUMNS)
    assert cells.rows.select(LINE, "note").equals(rows.select(LINE, "note"))
    assert [(row[0], *(cell or "" for cell in row[1:])) for row in rows.rows()] == right
    messages = [f"the row has {len(row) - 1} cells, the header 7" for row in wrong]
    assert cells.faults["line"].to_list() == [row[0] for row in wrong]
    assert cells.faults["message"].to_list() == messages


@pytest.mark.parametrize(
    "records",
    [
        ["1,2,3,4,5", "1,2,3,4,5,6,7"],
        ["1,2,3,4,5,6,7", "1,2,3,4,5"],
        ["1,2,3,4,5,6", "1,2,3,4,5,6,7", "1,2,3,4,5", "1,2,3,4,5,6"],
        ["1,2,3,4,5", '1,2,3,4,5,"6,,\n,",7'],
        ["", "1,2,3,4,5,6,7,8,9,10,11"],
    ],
)
def test_a_long_record_does_not_make_up_for_a_short_one(records):
    layout = locate(Options(format="csv"), tuple(NAMES), ",", 0)
    cells = read_csv("\n".join(records).encode(), 2, layout)
    wrong = [n for n, record in enumerate(records, 2) if record and record != "1,2,3,4,5,6"]
    assert cells.faults["line"].to_list() == wrong
    assert cells.rows.height == records.count("1,2,3,4,5,6")


@settings(max_examples=500)
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", ","), (",", ",")]),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_numbers_read_at_once_are_those_read_from_text_to_the_last_bit(
    rows, delimiter, end, quoting
):
    delimiter, decimal = delimiter
    layout = locate(Options(format="csv", decimal=decimal), tuple(NAMES), delimiter, 0)
    records = [written(["3", *row, "4", "648"], delimiter, quoting) for row in rows]
    cells = read_csv(end.join(records).encode(), 2, layout)
    text = every(cells)
    assert set(text.dtypes[1:]) == {pl.String}
    for name in NAMES:
        read, expected = (numbers(frame[name], decimal) for frame in (cells.rows, text))
        known = read.is_not_null()
        assert bits(read.filter(known)) == bits(expected.filter(known))
    found = check(cells, layout)
    expected = check(cells._replace(rows=text, written=text.filter), layout)
    assert found.rows[LINE].to_list() == expected.rows[LINE].to_list()
    assert bits(found.values) == bits(expected.values)
    assert found.faults.equals(expected.faults)


def bits(values):
    return values.to_numpy().astype(np.float64).tobytes()


def every(cells):
    """All rows as they are written."""
    return cells.written(pl.repeat(value=True, n=cells.rows.height, eager=True))


@pytest.mark.parametrize(
    "given_back",
    [{"reference": "income"}, {"pass_through": ("income",)}, {"previous_pd": "income"}],
)
def test_a_field_that_is_given_back_stays_as_it_was_written(given_back):
    layout = locate(Options(format="csv", **given_back), tuple(NAMES), ",", 0)
    cells = read_csv(b"3,4200.0,13600,061500.50,4,648\n", 2, layout)
    assert cells.rows["income"].to_list() == ["061500.50"]
    assert cells.rows["loan_amt_outstanding"].to_list() == [4200.0]


def test_rows_that_take_a_second_look_stay_in_their_places():
    layout = locate(Options(format="csv"), ("reference", *NAMES), ",", 0)
    loans = ["1", "2 ", "x", "3,4", "", "5", "6\t", "7"]
    rows = [f"R{n},3,{loan},13600,61500,4,648" for n, loan in enumerate(loans)]
    checked = check(read_csv("\n".join(rows).encode(), 2, layout), layout)
    assert checked.rows["reference"].to_list() == ["R0", "R1", "R5", "R6", "R7"]
    assert checked.values["loan_amt_outstanding"].to_list() == [1, 2, 5, 6, 7]
    assert checked.faults["code"].to_list() == ["not-a-number", "wrong-column-count", "missing"]
    assert checked.faults["line"].to_list() == [4, 5, 6]
    assert checked.faults["value"].to_list() == ["x", None, None]


def written(row, delimiter, quoting=csv.QUOTE_MINIMAL):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator="\r\n", quoting=quoting).writerow(row)
    return file.getvalue().removesuffix("\r\n")
