"""Campaigns over HTTP: sent, followed, turned, fetched, erased; what is refused leaves nothing."""

import csv
import gzip
import hashlib
import io
import json
import re
import socket
import time
from base64 import b64decode, b64encode

import polars as pl
import pytest

from api.campaigns.files import KINDS
from local import key
from protocol.folder import CampaignFolder
from protocol.keystore import KeyStore
from protocol.ledger import connect
from tests.campaigns.conftest import LONGEST_S, portfolio

PATH = "/v1/campaigns"
CSV, NDJSON = {"Content-Type": "text/csv"}, {"Content-Type": "application/x-ndjson"}
PARQUET = {"Content-Type": "application/vnd.apache.parquet"}
CANARY = "canary-4711"


def send(http, content, headers=CSV, **query):
    answer = http.post(PATH, content=content, headers=headers, params=query)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"{PATH}/{answer.json()['id']}"
    assert answer.json()["status"] == "queued"
    return answer.json()["id"]


def read(http, campaign):
    answer = http.get(f"{PATH}/{campaign}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def settled(http, campaign):
    """Wait as the contract says: until there is no Retry-After."""
    ends = time.monotonic() + LONGEST_S
    while "Retry-After" in (answer := http.get(f"{PATH}/{campaign}")).headers:
        counts = answer.json()["counts"]
        if counts["total"] is not None:
            assert counts["total"] == sum(counts.values()) - counts["total"]
        assert time.monotonic() < ends, answer.text
        time.sleep(0.05)
    return answer.json()


def fetch(http, campaign, kind, **headers):
    answer = http.get(f"{PATH}/{campaign}/{kind}", headers=headers)
    assert answer.status_code in {200, 206}, answer.text
    return answer


def stored(service):
    """Names of the folders in the storage."""
    folder = service.settings.storage_folder / "campaigns"
    return {path.name for path in folder.glob("*")}


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_portfolio_is_scored_and_every_row_is_in_one_of_its_files(http):
    content = portfolio(3_000, bad={5, 77})
    campaign = settled(http, send(http, content, name="book-2026", output="csv"))
    assert campaign["status"] == "succeeded"
    assert campaign["name"] == "book-2026"
    counts = {"total": 3_000, "scored": 2_998, "invalid": 2, "unprocessed": 0}
    assert campaign["counts"] == counts
    assert campaign["input"] == {
        "format": "csv",
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert campaign["progress"]["share"] == 1
    assert campaign["progress"]["rows_per_s"] > 0
    assert campaign["chunks"]["done"] == campaign["chunks"]["total"] > 5
    assert set(campaign["files"]) == set(KINDS)
    results = table(http.get(campaign["files"]["results"]).text)
    errors = table(http.get(campaign["files"]["errors"]).text)
    assert [int(row["line"]) for row in errors] == [7, 79]
    assert len(results) == 2_998
    assert {row["model_digest"] for row in results} == {campaign["model"]["digest"]}
    assert http.get(campaign["files"]["unprocessed"]).content == b""
    reconciliation = http.get(campaign["files"]["reconciliation"]).json()
    assert reconciliation["rows"] == counts
    assert reconciliation["input"]["sha256"] == campaign["input"]["sha256"]


def test_all_formats_and_a_compressed_one_give_the_same_scores(http):
    content = portfolio(300)
    frame = pl.read_csv(content)
    parquet = io.BytesIO()
    frame.write_parquet(parquet)
    sent = [
        send(http, content),
        send(http, gzip.compress(content)),
        send(http, frame.write_ndjson(), NDJSON),
        send(http, parquet.getvalue(), PARQUET),
        send(http, content.replace(b",", b";"), delimiter=";"),
        send(http, content.replace(b"income", b"revenu"), **{"columns.income": "revenu"}),
    ]
    files = {"file": ("book.csv", content, "application/octet-stream")}
    form = http.post(PATH, files=files)
    sent.append(form.json()["id"])
    scores = []
    for campaign in sent:
        settled(http, campaign)
        rows = table(fetch(http, campaign, "results").text)
        scores.append([(row["reference"], row["pd"]) for row in rows])
    assert scores == [scores[0]] * len(sent)
    assert len(scores[0]) == 300


def test_results_come_in_the_format_that_was_asked_for(http):
    content = portfolio(50)
    frames = []
    for output, reader in (("parquet", pl.read_parquet), ("ndjson", pl.read_ndjson)):
        campaign = send(http, content, output=output)
        settled(http, campaign)
        answer = fetch(http, campaign, "results")
        assert f"filename={campaign}-results.{output}" in answer.headers["Content-Disposition"]
        frames.append(reader(io.BytesIO(answer.content)))
    assert frames[0]["pd"].to_list() == frames[1]["pd"].to_list()


def test_a_file_is_fetched_in_parts_and_known_by_its_digest(http):
    campaign = send(http, portfolio(500))
    settled(http, campaign)
    whole = fetch(http, campaign, "results")
    digest = hashlib.sha256(whole.content)
    assert whole.headers["ETag"] == f'"{digest.hexdigest()}"'
    assert b64decode(whole.headers["Repr-Digest"][len("sha-256=:") : -1]) == digest.digest()
    etag = whole.headers["ETag"]
    head = fetch(http, campaign, "results", **{"Range": "bytes=0-999", "If-Range": etag})
    rest = fetch(http, campaign, "results", **{"Range": "bytes=1000-", "If-Range": etag})
    assert (head.status_code, rest.status_code) == (206, 206)
    assert head.headers["Content-Range"] == f"bytes 0-999/{len(whole.content)}"
    assert head.content + rest.content == whole.content
    changed = fetch(http, campaign, "results", **{"Range": "bytes=1000-", "If-Range": '"x"'})
    assert (changed.status_code, changed.content) == (200, whole.content)
    beyond = http.get(f"{PATH}/{campaign}/results", headers={"Range": "bytes=99999999-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range-not-satisfiable")
    assert beyond.headers["Content-Range"] == f"bytes */{len(whole.content)}"
    same = http.get(f"{PATH}/{campaign}/results", headers={"If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")


def test_a_file_that_is_not_all_there_is_not_begun(http, service):
    campaign = send(http, portfolio(50))
    settled(http, campaign)
    folder = CampaignFolder.of(service.settings.storage_folder, campaign)
    part = folder.part("results", 0)
    part.rename(part.with_name("away"))
    refused = http.get(f"{PATH}/{campaign}/results")
    assert (refused.status_code, refused.json()["code"]) == (503, "storage-unavailable")
    part.with_name("away").rename(part)
    assert fetch(http, campaign, "results").status_code == 200


def test_a_summary_is_drawn_and_tells_what_moved_since_another_campaign(http):
    before = send(http, portfolio(200))
    early = http.post(PATH, content=portfolio(9), headers=CSV, params={"compare_with": before})
    if early.status_code == 400:  # it was not yet over
        assert "compare_with" in early.json()["detail"]
    settled(http, before)
    after = send(http, portfolio(300), compare_with=before)
    settled(http, after)
    diff = fetch(http, after, "summary").json()["diff"]
    assert (diff["with"], diff["compared"], diff["flips"]) == (before, 200, 0)
    assert diff["without_previous"] == 100
    answer = fetch(http, after, "summary.svg")
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    digest = b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    style = re.search("<style>(.*?)</style>", answer.text, re.DOTALL)[1]
    allowed = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{allowed}'" in answer.headers["Content-Security-Policy"]


def test_a_previous_pd_in_the_file_gives_a_diff(http):
    frame = pl.read_csv(portfolio(50)).with_columns(old=pl.lit(0.5))
    campaign = send(http, frame.write_csv().encode(), previous_pd="old")
    settled(http, campaign)
    diff = fetch(http, campaign, "summary").json()["diff"]
    assert (diff["with"], diff["compared"]) == ("columns", 50)
    assert {row["previous_pd"] for row in table(fetch(http, campaign, "results").text)} == {"0.5"}


def test_an_idempotency_key_makes_a_repeated_upload_the_same_campaign(http, service):
    headers = CSV | {"Idempotency-Key": f"book-{time.time_ns()}"}
    content = portfolio(20)
    first = http.post(PATH, content=content, headers=headers)
    again = http.post(PATH, content=content, headers=headers)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    before = stored(service)
    for other in ({"content": content + b"\n"}, {"content": content, "params": {"name": "x"}}):
        refused = http.post(PATH, headers=headers, **other)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
    assert stored(service) == before


def test_a_campaign_is_paused_resumed_and_cancelled(http):
    campaign = send(http, portfolio(40_000))
    paused = http.post(f"{PATH}/{campaign}/pause")
    assert paused.json()["status"] == "paused"
    assert paused.json()["progress"]["eta_s"] is None
    assert http.post(f"{PATH}/{campaign}/resume").json()["status"] != "paused"
    cancelled = http.post(f"{PATH}/{campaign}/cancel")
    assert cancelled.json()["status"] == "cancelled"
    assert http.post(f"{PATH}/{campaign}/cancel").status_code == 200
    final = settled(http, campaign)
    assert final["files"]["reconciliation"]
    for turn in ("pause", "resume"):
        refused = http.post(f"{PATH}/{campaign}/{turn}")
        assert (refused.status_code, refused.json()["code"]) == (409, "state-conflict")


def test_what_has_succeeded_cannot_be_cancelled(http):
    campaign = send(http, portfolio(5))
    settled(http, campaign)
    refused = http.post(f"{PATH}/{campaign}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "already-final")


def test_files_are_not_there_before_it_is_over(http):
    campaign = send(http, portfolio(40_000))
    http.post(f"{PATH}/{campaign}/pause")
    refused = http.get(f"{PATH}/{campaign}/results")
    assert (refused.status_code, refused.json()["code"]) == (409, "not-finished")
    assert read(http, campaign)["files"] == {}
    http.post(f"{PATH}/{campaign}/cancel")


def test_an_erased_campaign_is_gone_and_so_is_its_folder(http, service):
    campaign = send(http, portfolio(5))
    settled(http, campaign)
    for _ in range(2):
        answer = http.delete(f"{PATH}/{campaign}")
    assert answer.status_code == 410
    for path in ("", "/results"):
        assert http.get(f"{PATH}/{campaign}{path}").status_code == 410
    ends = time.monotonic() + LONGEST_S
    while campaign in stored(service):
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_a_list_shows_the_newest_first_page_by_page(http):
    made = [send(http, portfolio(2)) for _ in range(3)]
    first = http.get(PATH, params={"limit": 2}).json()
    assert [one["id"] for one in first["items"]] == made[:0:-1]
    rest = http.get(PATH, params={"limit": 1, "cursor": first["next"]}).json()
    assert [one["id"] for one in rest["items"]] == made[:1]
    assert settled(http, made[0]) == http.get(f"{PATH}/{made[0]}").json()


def test_another_client_sees_none_of_it(http, service):
    campaign = send(http, portfolio(5))
    with connect(service.redis_url) as client:
        other = KeyStore(client).create("another-team", ["campaigns"]).secret
    time.sleep(0.5)
    headers = {"Authorization": f"Bearer {other}"}
    ends = time.monotonic() + LONGEST_S
    while (listed := http.get(PATH, headers=headers)).status_code == 401:
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert listed.json() == {"items": [], "next": None}
    unknown = http.get(f"{PATH}/ca_{'0a' * 22}", headers=headers).json()
    for path in ("", "/results", "/summary"):
        answer = http.get(f"{PATH}/{campaign}{path}", headers=headers)
        assert answer.status_code == 404
        assert answer.json()["detail"] == unknown["detail"]
    for turn in ("cancel", "pause", "resume"):
        assert http.post(f"{PATH}/{campaign}/{turn}", headers=headers).status_code == 404
    compared = http.post(
        PATH, content=GOOD, headers=headers | CSV, params={"compare_with": campaign}
    )
    assert (compared.status_code, compared.json()["code"]) == (400, "invalid-query")
    assert http.delete(f"{PATH}/{campaign}", headers=headers).status_code == 404


GOOD = portfolio(3)
REFUSED = {
    "nothing": (b"", CSV, {}, 422, "invalid-portfolio", "empty-file"),
    "blanks": (b"\n\n", CSV, {}, 422, "invalid-portfolio", "empty-file"),
    "no header": (GOOD.partition(b"\n")[2], CSV, {}, 422, "invalid-portfolio", "no-header"),
    "a column missing": (GOOD.replace(b"income", b"x"), CSV, {}, 422, "invalid-portfolio",
                         "missing-columns"),
    "a column named that is not there": (GOOD, CSV, {"columns.income": "x"}, 422,
                                         "invalid-portfolio", "missing-columns"),
    "a passed column that is not there": (GOOD, CSV, {"pass_through": "x"}, 422,
                                          "invalid-portfolio", "missing-columns"),
    "a workbook": (b"PK\x03\x04" + bytes(99), CSV, {}, 422, "invalid-portfolio", "wrong-format"),
    "csv as parquet": (GOOD, PARQUET, {}, 422, "invalid-portfolio", "wrong-format"),
    "csv as ndjson": (GOOD, NDJSON, {}, 422, "invalid-portfolio", "not-ndjson"),
    "half a gzip": (gzip.compress(GOOD)[:40], CSV, {}, 422, "invalid-portfolio", "unreadable"),
    "gzip in gzip": (gzip.compress(gzip.compress(GOOD)), CSV, {}, 422, "invalid-portfolio",
                     "compressed"),
    "half a parquet": (b"PAR1" + bytes(99), PARQUET, {}, 422, "invalid-portfolio", "unreadable"),
    "latin-1": ("é".encode("latin-1") + GOOD, CSV, {}, 422, "invalid-portfolio", "not-utf-8"),
    "another type": (GOOD, {"Content-Type": "application/pdf"}, {}, 415,
                     "unsupported-media-type", None),
    "no type": (GOOD, {"Content-Type": ""}, {}, 415, "unsupported-media-type", None),
    "no such parameter": (GOOD, CSV, {CANARY: "1"}, 400, "invalid-query", None),
    "no such field": (GOOD, CSV, {f"columns.{CANARY}": "x"}, 400, "invalid-query", None),
    "an odd delimiter": (GOOD, CSV, {"delimiter": CANARY}, 400, "invalid-query", None),
    "an odd decimal mark": (GOOD, CSV, {"decimal": CANARY}, 400, "invalid-query", None),
    "an odd output": (GOOD, CSV, {"output": CANARY}, 400, "invalid-query", None),
    "an odd truth": (GOOD, CSV, {"raw_values": CANARY}, 400, "invalid-query", None),
    "a parameter twice": (GOOD, CSV, {"output": ["csv", "csv"]}, 400, "invalid-query", None),
    "an empty column": (GOOD, CSV, {"columns.income": " "}, 400, "invalid-query", None),
    "a passed column of ours": (GOOD, CSV, {"pass_through": "pd"}, 400, "invalid-query", None),
    "a delimiter for ndjson": (GOOD, NDJSON, {"delimiter": ","}, 400, "invalid-query", None),
    "a format that is another": (GOOD, CSV, {"format": "ndjson"}, 400, "invalid-query", None),
    "no campaign to compare with": (GOOD, CSV, {"compare_with": f"ca_{'0a' * 22}"}, 400,
                                    "invalid-query", None),
    "an odd one to compare with": (GOOD, CSV, {"compare_with": CANARY}, 400, "invalid-query", None),
    "two pasts": (GOOD, CSV, {"compare_with": f"ca_{'0a' * 22}", "previous_pd": "x"}, 400,
                  "invalid-query", None),
    "an odd name": (GOOD, CSV, {"name": f"a {CANARY}"}, 400, "invalid-query", None),
    "an odd key": (GOOD, CSV | {"Idempotency-Key": "a b"}, {}, 400, "invalid-header", None),
}  # fmt: skip


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_scored_is_refused_before_it_is_accepted(http, service, refused):
    content, headers, query, status, code, fault = refused
    before = stored(service)
    answer = http.post(PATH, content=content, headers=headers, params=query)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    if fault:
        assert [one["code"] for one in answer.json()["errors"]] == [fault]
    assert CANARY not in answer.text
    assert stored(service) == before
    assert http.get("/livez").status_code == 200  # on the same connection


URIS = {
    "no input": ({}, "not-an-input", ""),
    "a text": ({"input": CANARY}, "not-an-input", ""),
    "a number": ({"input": {"uri": 5}}, "not-an-input", ""),
    "more": ({"input": {"uri": "s3://b/x.csv"}, CANARY: 1}, "not-an-input", ""),
    "another scheme": ({"input": {"uri": f"http://{CANARY}/x.csv"}}, "uri-refused", "/input/uri"),
    "this machine": ({"input": {"uri": f"file:///etc/{CANARY}.csv"}}, "uri-refused", "/input/uri"),
}


@pytest.mark.parametrize("refused", URIS.values(), ids=URIS)
def test_a_uri_below_no_prefix_is_refused(http, service, refused):
    sent, code, pointer = refused
    before = stored(service)
    answer = http.post(PATH, json=sent)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-portfolio"), answer.text
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    assert CANARY not in answer.text
    assert stored(service) == before


def test_a_portfolio_below_an_allowed_prefix_is_fetched_and_scored(http, books):
    content = portfolio(30, bad={4})
    (books / "local").mkdir()
    (books / "local" / "book.csv").write_bytes(content)
    answer = http.post(PATH, json={"input": {"uri": f"file://{books}/local/book.csv"}})
    assert answer.status_code == 202, answer.text
    campaign = settled(http, answer.json()["id"])
    assert campaign["status"] == "succeeded"
    assert campaign["counts"]["scored"] == 29
    assert campaign["input"] == {
        "format": "csv",
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    strange = http.post(PATH, json={"input": {"uri": f"file://{books}/another/book.csv"}})
    assert strange.status_code == 422
    missing = http.post(PATH, json={"input": {"uri": f"file://{books}/local/none.csv"}})
    failed = settled(http, missing.json()["id"])
    assert (failed["status"], failed["error"]["code"]) == ("failed", "input-unreadable")


def test_a_form_must_hold_the_file_alone(http, service):
    before = stored(service)
    forms = [
        {"files": {"other": ("a.csv", GOOD)}},
        {"files": [("file", ("a.csv", GOOD)), ("file", ("b.csv", GOOD))]},
        {"files": {"file": ("a.csv", GOOD)}, "data": {"more": "1"}},
        {"data": {"file": "no file"}, "files": {"x": ("a.csv", b"")}},
        {
            "content": b"--x\r\nrubbish",
            "headers": {"Content-Type": "multipart/form-data; boundary=x"},
        },
        {"content": b"rubbish", "headers": {"Content-Type": "multipart/form-data"}},
    ]
    for form in forms:
        answer = http.post(PATH, **form)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed-body"), answer.text
    unnamed = http.post(PATH, files={"file": ("book.xlsx", GOOD)})
    assert (unnamed.status_code, unnamed.json()["code"]) == (400, "invalid-query")
    assert "format" in unnamed.json()["detail"]
    assert stored(service) == before


def test_a_caller_that_goes_away_leaves_nothing(http, service):
    before = stored(service)
    form = b"--x\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\n\r\n"
    chunked = (
        b"multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" + form
    )
    for how in (b"text/csv\r\nContent-Length: 1000000\r\n\r\n", chunked):
        ends = time.monotonic() + LONGEST_S
        with socket.create_connection((service.settings.host, service.settings.port)) as cut:
            cut.sendall(
                b"POST /v1/campaigns HTTP/1.1\r\nHost: here\r\n"
                + f"Authorization: Bearer {key.read(service.settings)}\r\n".encode()
                + b"Content-Type: "
                + how
                + portfolio(1_000)[:40_000]
            )
            while stored(service) == before:
                assert time.monotonic() < ends
                time.sleep(0.01)
        while stored(service) != before:
            assert time.monotonic() < ends, how
            time.sleep(0.05)
    assert http.get(PATH).json()["items"] is not None


def test_a_raw_body_of_no_told_length_is_refused_for_its_end_cannot_be_known(http):
    answer = http.post(PATH, content=iter([GOOD]), headers=CSV)
    assert (answer.status_code, answer.json()["code"]) == (411, "length-required")


def test_no_answer_shows_a_raw_value_unless_it_is_asked_for(http):
    content = portfolio(3).replace(b"L1,", b"L1,%s" % CANARY.encode())
    for raw in (False, True):
        query = {"raw_values": "true"} if raw else {}
        campaign = send(http, content, **query)
        settled(http, campaign)
        errors = fetch(http, campaign, "errors").text
        assert (CANARY in errors) == raw
        for kind in ("results", "summary", "reconciliation"):
            assert CANARY not in fetch(http, campaign, kind).text
        assert CANARY not in json.dumps(read(http, campaign))
