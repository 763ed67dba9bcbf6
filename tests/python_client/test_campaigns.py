"""Campaigns through the client, against a server that plays a script."""

import gzip
import io
import json
import os
from urllib.parse import parse_qsl, urlsplit

import pytest
from loanscore_client import (
    ApiError,
    Client,
    Conflict,
    ConnectionFailed,
    Gone,
    Invalid,
    StillRunning,
)

from tests.python_client.conftest import KEY

ID = "ca_" + "0" * 44
ACCEPTED = {"id": ID, "status": "queued", "links": {"self": f"/v1/campaigns/{ID}"}}
ROWS = b"income\n" + b"1\n" * 400_000


def document(status="running", **more):
    return {
        "id": ID,
        "name": None,
        "status": status,
        "input": {"format": "csv", "bytes": 10, "sha256": "sha256:00"},
        "counts": {"total": 4, "scored": 1, "invalid": 1, "unprocessed": 2},
        "chunks": {"total": 2, "done": 1, "given_up": 0},
        "progress": {"share": 0.5, "rows_per_s": None, "eta_s": 3},
        "model": None,
        "policy": None,
        "error": None,
        "files": {},
        "created_at": "2026-01-01T00:00:00.000Z",
        "started_at": None,
        "finished_at": None,
        "links": {"self": f"/v1/campaigns/{ID}"},
        **more,
    }


class Pipe(io.BytesIO):
    """A stream that cannot be rewound."""

    def seekable(self):
        return False

    def tell(self):
        raise OSError("not seekable")


@pytest.fixture
def portfolio(tmp_path):
    path = tmp_path / "book.csv"
    path.write_bytes(ROWS)
    return path


def asked(seen):
    return parse_qsl(urlsplit(seen.path).query)


def part_of(seen):
    """The file in a form of one part."""
    begin, _, boundary = seen.headers["content-type"].partition("boundary=")
    assert begin == "multipart/form-data; "
    head, _, rest = seen.body.partition(b"\r\n\r\n")
    assert head.startswith(f"--{boundary}\r\nContent-Disposition: form-data; name=".encode())
    assert rest.endswith(f"\r\n--{boundary}--\r\n".encode())
    return rest.removesuffix(f"\r\n--{boundary}--\r\n".encode())


def test_a_file_that_ends_too_soon_is_an_error_and_no_shorter_portfolio(script, scripted_client):
    class Shrinking(io.BytesIO):
        def read(self, size=-1):
            return super().read(size) if self.tell() < 300_000 else b""

    script.then(202, ACCEPTED)
    with pytest.raises(ValueError, match="shorter"):
        scripted_client.campaigns.create(Shrinking(ROWS), format="csv")
    assert len(script.seen) <= 1


def test_a_file_that_cannot_be_read_on_is_the_callers_error(script, scripted_client):
    class Broken(io.BytesIO):
        def read(self, _size=-1):
            raise OSError(5, "the disk is gone")

    script.then(202, ACCEPTED)
    with pytest.raises(OSError, match="the disk is gone") as caught:
        scripted_client.campaigns.create(Broken(ROWS), format="csv")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, ValueError),
        ({"portfolio": io.BytesIO(b""), "uri": "s3://b/k.csv"}, ValueError),
        ({"portfolio": io.BytesIO(b"")}, ValueError),
        ({"portfolio": io.BytesIO(b""), "format": "xlsx"}, ValueError),
        ({"portfolio": io.StringIO(""), "format": "csv"}, TypeError),
        ({"uri": "s3://bucket/book"}, ValueError),
        ({"uri": "s3://bucket/book.csv", "colums": {}}, TypeError),
        ({"uri": "s3://bucket/book.csv", "idempotency_key": ""}, ValueError),
        ({"portfolio": "/nowhere/book.csv"}, FileNotFoundError),
    ],
)
def test_what_cannot_be_sent_is_said_before_anything_is(script, scripted_client, arguments, error):
    with pytest.raises(error):
        scripted_client.campaigns.create(**arguments)
    assert script.seen == []


def test_faults_of_the_portfolio_are_named(script, scripted_client, portfolio):
    fault = {"pointer": "", "code": "missing-columns", "detail": "income is missing"}
    script.problem(422, "invalid-portfolio", [fault])
    with pytest.raises(Invalid) as caught:
        scripted_client.campaigns.create(portfolio)
    assert [one.code for one in caught.value.errors] == ["missing-columns"]
    assert caught.value.idempotency_key == script.seen[0].headers["idempotency-key"]


def test_an_upload_that_broke_off_is_sent_again_whole_under_the_same_key(
    script, scripted_client, portfolio
):
    script.drop().problem(503, "unavailable").then(202, ACCEPTED)
    accepted = scripted_client.campaigns.create(portfolio)
    assert (accepted.id, accepted.status) == (ID, "queued")
    assert [seen.body == ROWS for seen in script.seen] == [True] * 3
    assert {seen.headers["idempotency-key"] for seen in script.seen} == {accepted.idempotency_key}


def test_a_stream_that_cannot_be_rewound_is_sent_once(script, scripted_client):
    script.drop()
    with pytest.raises(ConnectionFailed) as caught:
        scripted_client.campaigns.create(Pipe(ROWS), format="csv")
    assert len(script.seen) == 1
    assert caught.value.idempotency_key == script.seen[0].headers["idempotency-key"]


def test_a_stream_is_tried_again_while_nothing_of_it_is_read(clock):
    with Client("http://127.0.0.1:1", KEY, _clock=clock) as nobody:
        stream = Pipe(ROWS)
        with pytest.raises(ConnectionFailed):
            nobody.campaigns.create(stream, format="csv")
    assert len(clock.slept) == 5
    assert stream.read(6) == b"income"


def test_a_stream_of_unknown_length_arrives_whole(script, scripted_client):
    script.then(202, ACCEPTED)
    heard = []
    scripted_client.campaigns.create(
        Pipe(ROWS), format="csv", sent=lambda done, size: heard.append((done, size))
    )
    assert asked(script.seen[0]) == [("format", "csv")]
    assert part_of(script.seen[0]) == ROWS
    assert heard[0] == (0, None)
    assert heard[-1] == (len(ROWS), None)


def test_a_file_is_sent_from_where_it_stands_and_left_open(script, scripted_client, portfolio):
    script.drop().then(202, ACCEPTED)
    with portfolio.open("rb") as file:
        file.seek(7)
        scripted_client.campaigns.create(file, format="csv")
        assert not file.closed
    assert {seen.headers["content-length"] for seen in script.seen} == {str(len(ROWS) - 7)}
    assert {seen.body for seen in script.seen} == {ROWS[7:]}


def test_progress_is_told_up_to_the_last_byte(script, scripted_client, portfolio):
    script.then(202, ACCEPTED)
    heard = []
    scripted_client.campaigns.create(portfolio, sent=lambda *told: heard.append(told))
    assert heard[0] == (0, len(ROWS))
    assert heard[-1] == (len(ROWS), len(ROWS))
    assert len(heard) > 3


def test_options_stand_in_the_query_of_a_stream(script, scripted_client, tmp_path):
    path = tmp_path / "book.NDJSON.gz"
    path.write_bytes(gzip.compress(b"{}"))
    script.then(202, ACCEPTED)
    scripted_client.campaigns.create(
        path,
        columns={"income": "annual income"},
        pass_through=["branch", "agent"],
        reference="id",
        raw_values=False,
        previous_pd=None,
        name="Q1/2026",
    )
    assert script.seen[0].headers["content-type"] == "application/x-ndjson"
    assert asked(script.seen[0]) == [
        ("columns.income", "annual income"),
        ("pass_through", "branch"),
        ("pass_through", "agent"),
        ("reference", "id"),
        ("raw_values", "false"),
        ("name", "Q1/2026"),
    ]


def test_a_uri_is_named_in_json_with_its_options_in_the_query(script, scripted_client):
    script.drop().then(202, ACCEPTED)
    scripted_client.campaigns.create(
        uri="s3://bucket/book.csv.gz", delimiter=";", columns={"income": "salary"}
    )
    assert {seen.headers["content-type"] for seen in script.seen} == {"application/json"}
    assert json.loads(script.seen[1].body) == {"input": {"uri": "s3://bucket/book.csv.gz"}}
    assert asked(script.seen[1]) == [
        ("format", "csv"),
        ("delimiter", ";"),
        ("columns.income", "salary"),
    ]


def test_a_campaign_is_read_as_it_was_sent(script, scripted_client):
    model = {"name": "m", "version": "3", "digest": "sha256:11"}
    error = {"code": "storage-full", "detail": "No room."}
    sent = document("failed", model=model, policy="2026-1", error=error, new_thing=1)
    script.then(200, sent)
    found = scripted_client.campaigns.get(ID)
    assert found.final
    assert (found.counts.total, found.counts.unprocessed) == (4, 2)
    assert (found.progress.eta_s, found.chunks.total) == (3, 2)
    assert (found.model.digest, found.error.code) == ("sha256:11", "storage-full")
    assert found.document["new_thing"] == 1


@pytest.mark.parametrize(
    "wrong", [{}, {"counts": None}, {"created_at": "yesterday"}, {"files": []}]
)
def test_what_is_no_campaign_is_said_to_be_so(script, scripted_client, wrong):
    script.then(200, document() | wrong if wrong else {})
    with pytest.raises(ApiError, match="unreadable-answer"):
        scripted_client.campaigns.get(ID)


def test_the_list_is_asked_for_page_by_page(script, scripted_client):
    script.then(200, {"items": [document(), document()], "next": "c 1"})
    script.then(200, {"items": [document("cancelled")], "next": None})
    listed = scripted_client.campaigns.list()
    assert next(listed).status == "running"
    assert len(script.seen) == 1
    assert [one.status for one in listed] == ["running", "cancelled"]
    assert asked(script.seen[1]) == [("limit", "100"), ("cursor", "c 1")]


def test_waiting_looks_often_at_first_and_less_often_later(script, scripted_client, clock):
    for _ in range(12):
        script.then(200, document())
    script.then(200, document("succeeded", files={"results": "/r"}))
    seen = []
    found = scripted_client.campaigns.wait(ID, looked=lambda one: seen.append(one.status))
    assert found.status == "succeeded"
    assert seen == ["running"] * 12 + ["succeeded"]
    assert clock.slept[0] == 0.25
    assert clock.slept == sorted(clock.slept)
    assert clock.slept[-1] == 2


def test_waiting_goes_as_slowly_as_the_service_asks(script, scripted_client, clock):
    script.then(200, document(), Retry_After=9).then(200, document("failed", files={"errors": "/"}))
    scripted_client.campaigns.wait(ID)
    assert clock.slept == [9]


def test_waiting_ends_with_the_callers_patience(script, scripted_client, clock):
    for _ in range(5):
        script.then(200, document("paused"))
    with pytest.raises(StillRunning) as caught:
        scripted_client.campaigns.wait(ID, wait_s=1)
    assert caught.value.id == ID
    assert sum(clock.slept) == 1


def test_waiting_waits_for_the_files_but_not_for_ever(script, scripted_client, clock):
    script.then(200, document("cancelled"), Retry_After=1)
    script.then(200, document("cancelled", files={"errors": "/"}))
    assert scripted_client.campaigns.wait(ID).files
    clock.slept.clear()
    for _ in range(60):
        script.then(200, document("failed"), Retry_After=1)
    assert scripted_client.campaigns.wait(ID).files == {}
    assert 60 <= sum(clock.slept) < 63


def test_files_that_nobody_will_write_are_not_waited_for(script, scripted_client, clock):
    script.then(200, document("failed"))
    assert scripted_client.campaigns.wait(ID).files == {}
    assert clock.slept == []


def test_a_campaign_is_told_what_to_do(script, scripted_client):
    for verb in ("cancel", "pause", "resume"):
        script.drop().then(200, document())
        getattr(scripted_client.campaigns, verb)(ID)
        assert {(one.method, one.path) for one in script.seen[-2:]} == {
            ("POST", f"/v1/campaigns/{ID}/{verb}")
        }
    script.problem(409, "state-conflict")
    with pytest.raises(Conflict):
        scripted_client.campaigns.resume(ID)


def test_what_is_erased_is_gone(script, scripted_client):
    script.then(204).problem(410, "gone").problem(410, "gone")
    scripted_client.campaigns.erase(ID)
    scripted_client.campaigns.erase(ID)
    with pytest.raises(Gone):
        scripted_client.campaigns.get(ID)


def test_the_summary_is_read(script, scripted_client):
    script.then(200, {"rows": 3})
    assert scripted_client.campaigns.summary(ID) == {"rows": 3}
    assert script.seen[0].path == f"/v1/campaigns/{ID}/summary"


@pytest.mark.parametrize("campaign_id", ["", "../scores", "a/b", "ca_?x"])
def test_what_is_no_id_is_not_asked_for(script, scripted_client, campaign_id):
    for call in (scripted_client.campaigns.get, scripted_client.campaigns.erase):
        with pytest.raises(ValueError, match="no id"):
            call(campaign_id)
    assert script.seen == []


def test_a_pipe_of_the_system_is_a_stream_too(script, scripted_client):
    script.then(202, ACCEPTED)
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as end:
        end.write(b"income\n1\n")
    with os.fdopen(reading, "rb") as stream:
        scripted_client.campaigns.create(stream, format="csv")
    assert part_of(script.seen[0]) == b"income\n1\n"
