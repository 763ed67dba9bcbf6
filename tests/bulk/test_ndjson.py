"""A range of NDJSON: the same scores as of CSV, and every line that is no object named."""

import json

import pytest

from portfolio.options import PortfolioError
from protocol.application import EXAMPLE
from tests.bulk.conftest import HEADER, NAMES, random_applications

GOOD = {"reference": "a", **EXAMPLE._asdict()}


def text(*rows):
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)


def test_the_scores_are_those_of_the_same_rows_in_csv(run):
    rows = random_applications(2_000).tolist()
    plain = "\n".join([HEADER, *(f"{n},{','.join(map(repr, row))}" for n, row in enumerate(rows))])
    objects = text(
        *({"reference": n, **dict(zip(NAMES, row, strict=True))} for n, row in enumerate(rows))
    )
    of_csv = run(plain).results.drop("line")
    of_ndjson = run(objects, format="ndjson")
    assert of_ndjson.results.drop("line").equals(of_csv)
    assert of_ndjson.results["line"].to_list() == list(range(1, 2_001))


def test_every_line_that_is_no_object_is_a_fault_of_its_own(run):
    lines = ["[1]", "3", "null", '{"a":', "{}{}", '{"income": NaN}', "x", '"text"', "{},", "\xa0"]
    found = run(text(GOOD, *lines, GOOD), format="ndjson", raw_values=True)
    assert found.faults == [(n, None, "not-an-object") for n in range(2, 12)]
    assert found.results["line"].to_list() == [1, 12]
    assert found.counts == (12, 2, 10)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "missing"),
        ("", "missing"),
        (True, "not-a-number"),
        ([61500], "not-a-number"),
        ({"amount": 1}, "not-a-number"),
        ("many", "not-a-number"),
        (-1, "out-of-range"),
        (10**30, "out-of-range"),
    ],
)
def test_a_value_that_is_no_amount_is_refused(run, value, code):
    found = run(text(GOOD, {**GOOD, "income": value}), format="ndjson")
    assert found.faults == [(2, "income", code)]


def test_faulty_lines_among_very_many_are_found_without_their_neighbours(run):
    odd = {70: "[1]", 4_100: '{"income": 1e400}', 4_101: "x", 9_000: '{"a": "\\ud800\\u0041"}'}
    rows = [odd.get(n, json.dumps(GOOD)) for n in range(1, 10_001)]
    found = run(text(*rows), format="ndjson")
    assert found.faults == [(n, None, "not-an-object") for n in odd]
    assert found.results["line"].to_list() == [n for n in range(1, 10_001) if n not in odd]


def test_a_key_that_is_left_out_is_missing(run):
    short = {name: value for name, value in GOOD.items() if name != "income"}
    assert run(text(GOOD, short), format="ndjson").faults == [(2, "income", "missing")]
    assert run(text(short, GOOD), format="ndjson").faults == [(1, "income", "missing")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_are_no_rows_and_quotes_hide_no_newline(run, end):
    odd = {**GOOD, "reference": 'one " quote'}
    rows = ["", json.dumps(odd), " \t", json.dumps(GOOD), "", "x", json.dumps(GOOD)]
    content = end.join(rows)
    whole = run(b"\xef\xbb\xbf" + content.encode(), format="ndjson")
    assert whole.results["line"].to_list() == [2, 4, 7]
    assert whole.results["reference"].to_list() == ['one " quote', "a", "a"]
    assert whole.faults == [(6, None, "not-an-object")]
    for size in (1, 200, 400):
        cut = run(b"\xef\xbb\xbf" + content.encode(), format="ndjson", size=size)
        assert cut.results.equals(whole.results)
        assert cut.rejected.equals(whole.rejected)
        assert cut.counts == whole.counts == (4, 3, 1)


def test_columns_may_have_other_names_and_be_passed(run):
    rows = [{**GOOD, "salary": 61500, "segment": "=x", "income": "no"}]
    found = run(
        text(*rows), format="ndjson", columns={"income": "salary"}, pass_through=["segment"]
    )
    assert found.results.columns[:3] == ["line", "reference", "segment"]
    assert found.results["segment"].to_list() == ["=x"]


@pytest.mark.parametrize(
    ("content", "code", "cause"),
    [
        (json.dumps([GOOD]), "not-ndjson", "is a JSON array"),
        (HEADER, "not-ndjson", "none of the first rows is a JSON object"),
        ("{}", "missing-columns", "no column credit_lines_outstanding, loan"),
        (
            text({**GOOD, "fico": 1, "fico_score": 2}).replace("fico_score", "x"),
            "missing-columns",
            "fico",
        ),
        (b'{"a": "\xff"}', "not-utf-8", "line 1: byte 7"),
        (b"", "empty-file", "empty"),
    ],
)
def test_a_file_of_something_else_is_refused(run, content, code, cause):
    with pytest.raises(PortfolioError, match=cause) as refused:
        run(content, format="ndjson")
    assert refused.value.code == code
