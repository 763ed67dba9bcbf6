"""Outcomes from files: every line is an outcome or named, and no bad one keeps others back."""

import io
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loanscore_client import BadLine, Invalid, Outcome
from loanscore_client.outcome_file import read

ID = "sc_" + "1" * 44
HEADER = b"id,defaulted,observed_on\n"
GOOD = f"{ID},1,2026-06-30\n".encode()


def lines(data, *arguments):
    return list(read(io.BytesIO(data), *arguments))


def test_a_line_of_csv_is_an_outcome_with_its_number():
    found = lines(HEADER + f"{ID},TRUE,2026-06-30\r\n\n{ID}, 0 ,2024-02-29".encode())
    assert found == [
        Outcome(ID, True, date(2026, 6, 30), 2),
        Outcome(ID, False, date(2024, 2, 29), 4),
    ]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (b"sc_1,1,2026-06-30", "id"),
        (ID.upper().encode() + b",1,2026-06-30", "id"),
        (b"\xff\xfe,1,2026-06-30", "id"),
        (ID.encode() + b",yes,2026-06-30", "defaulted"),
        (ID.encode() + b",,2026-06-30", "defaulted"),
        (ID.encode() + b",1,2026-02-30", "observed_on"),
        (ID.encode() + b",1,20260630", "observed_on"),
        (ID.encode() + b",1,30.06.2026", "observed_on"),
        (ID.encode() + b",1", None),
        (ID.encode() + b",1,2026-06-30,more", None),
        (b'"' + b"x" * 200_000 + b'"', None),
    ],
)
def test_a_bad_line_is_named_and_those_behind_it_are_read(line, column):
    bad, good = lines(HEADER + line + b"\n" + GOOD)
    ((said,), after) = (bad, good)
    assert (said.line, said.column, after.line) == (2, column, 3)
    assert ID not in str(said)


def test_all_that_is_wrong_with_a_line_is_named_at_once():
    ((*faults,),) = lines(HEADER + b"x,y,z\n")
    assert [fault.column for fault in faults] == ["id", "defaulted", "observed_on"]


def test_a_file_without_its_columns_is_refused_whole():
    with pytest.raises(ValueError, match="no defaulted, observed_on"):
        lines(b"id,bad\n")
    with pytest.raises(ValueError, match="no defaulted, id, observed_on"):
        lines(b"")
    with pytest.raises(ValueError, match="an outcome has id"):
        lines(HEADER, "csv", ",", {"loan": "id"})
    with pytest.raises(ValueError, match="csv or ndjson"):
        lines(HEADER, "parquet")


@given(st.binary(max_size=300), st.sampled_from(["csv", "ndjson"]))
def test_whatever_a_file_holds_each_line_is_told_of(data, file_format):
    given = HEADER + data if file_format == "csv" else data
    for one in lines(given, file_format):
        assert isinstance(one, Outcome) or all(isinstance(part, BadLine) for part in one)


def test_what_the_service_refuses_is_named_by_line_and_the_rest_is_sent_again(
    script, scripted_client
):
    script.problem(
        422, "invalid-outcome", [{"pointer": "/items/1/id", "code": "x", "detail": "No score."}]
    )
    script.then(202, {"accepted": 1, "repeated": 1})
    told = []
    data = HEADER + GOOD + b"bad,1,2026-06-30\n" + GOOD + GOOD
    sent = scripted_client.outcomes.send(io.BytesIO(data), done=told.append)
    assert (sent.accepted, sent.repeated, sent.bad_lines, told) == (1, 1, 2, [4])
    assert [(one.line, one.column) for one in sent.bad] == [(3, "id"), (4, "id")]
    bodies = [json.loads(seen.body)["items"] for seen in script.seen]
    assert [len(items) for items in bodies] == [3, 2]


def test_a_fault_that_is_of_no_item_is_raised(script, scripted_client):
    script.problem(422, "invalid-outcome", [{"pointer": "/items", "code": "x", "detail": "No."}])
    with pytest.raises(Invalid):
        scripted_client.outcomes.send(io.BytesIO(HEADER + GOOD))
    script.problem(422, "invalid-outcome")
    with pytest.raises(Invalid):
        scripted_client.outcomes.send(io.BytesIO(HEADER + GOOD))


def test_a_file_goes_in_requests_of_the_size_asked_for(script, scripted_client, tmp_path):
    for number in (2, 2, 1):
        script.then(202, {"accepted": number, "repeated": 0})
    path = tmp_path / "outcomes.csv"
    path.write_bytes(HEADER + GOOD * 5)
    assert scripted_client.outcomes.send(path, at_once=2).accepted == 5
    assert len(script.seen) == 3


def test_an_outcome_is_sent_again_after_an_answer_that_was_lost(script, scripted_client):
    script.drop().then(202, {"accepted": 0, "repeated": 1})
    recorded = scripted_client.outcomes.record([Outcome(ID, True, date(2026, 6, 30))])
    assert (recorded.accepted, recorded.repeated) == (0, 1)
