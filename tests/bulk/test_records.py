"""Records of CSV: cell by cell what the standard library's reader finds, and on which line."""

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.layout import locate
from portfolio.options import Options
from tests.bulk.conftest import NAMES
from worker.bulk.cells import LINE
from worker.bulk.records import read_csv

TEXT = st.text(st.sampled_from("a1,;\t|\"\n\r é'#\\.-"), max_size=6)
COLUMNS = ("note", *NAMES)


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
    rows = cells.rows.select(LINE, *COLUMNS)
    assert [(row[0], *(cell or "" for cell in row[1:])) for row in rows.rows()] == right
    messages = [f"the row has {len(row) - 1} cells, the header 7" for row in wrong]
    assert cells.faults["line"].to_list() == [row[0] for row in wrong]
    assert cells.faults["message"].to_list() == messages


def written(row, delimiter):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator="\r\n").writerow(row)
    return file.getvalue().removesuffix("\r\n")
