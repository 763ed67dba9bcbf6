"""Bad requests by name, over every route: each gets its one problem, and none quotes the caller."""

import json
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.problems import PROBLEMS
from protocol import names
from protocol.application import EXAMPLE
from protocol.keystore import KeyStore
from protocol.ledger import connect
from protocol.webhooks import MOST
from tests.client import Client

CANARY = "canary-4711"
GOOD = EXAMPLE._asdict()
ITEM = {"application": GOOD}
JSON = {"Content-Type": "application/json"}
SCORES, BATCHES, HOOKS, DEAD = "/v1/scores", "/v1/score-batches", "/v1/webhooks", "/v1/dead-letters"
CAMPAIGNS = "/v1/campaigns"
#: Ids that could be, and never were.
SCORE, BATCH, HOOK = "sc_" + "0a" * 22, "sb_" + "0a" * 22, "wh_" + "0a" * 16
CAMPAIGN = "ca_" + "0a" * 22
OVERRIDES, OVERRIDE = "/v1/overrides", "ov_" + "0a" * 22
OUTCOMES = "/v1/outcomes"
#: Of a score of 2004.
OBSERVED = {"id": "sc_" + "01" * 22, "defaulted": True, "observed_on": "2026-06-30"}
DECIDED = {"decision": "approve", "reason": "GUARANTOR", "note": CANARY}
NO_KEY = "none"


class Bad(NamedTuple):
    """One bad request and the problem it must get."""

    name: str
    method: str
    path: str
    status: int
    code: str
    #: an object is sent as JSON, bytes as they are, a list of bytes in chunks
    body: Any = None
    headers: Mapping[str, Any] = MappingProxyType({})
    #: of the first fault
    pointer: str | None = None


def faulty(**fields):
    return {"application": GOOD | fields}


_FAULTY = (422, "invalid-application")
TABLE = [
    # scores
    Bad("no body", "POST", SCORES, 400, "malformed-body", b""),
    Bad("no content type", "POST", SCORES, 415, "unsupported-media-type", b"{}",
        {"Content-Type": ""}),
    Bad("a form", "POST", SCORES, 415, "unsupported-media-type", b"income=5",
        {"Content-Type": "application/x-www-form-urlencoded"}),
    Bad("json by another name", "POST", SCORES, 415, "unsupported-media-type", b"{}",
        {"Content-Type": "application/problem+json"}),
    Bad("a compressed body", "POST", SCORES, 400, "malformed-body", b"\x1f\x8b\x08\x00" + bytes(20),
        {"Content-Encoding": "gzip"}),
    Bad("a body cut short", "POST", SCORES, 400, "malformed-body", b'{"application": {"inc'),
    Bad("two bodies", "POST", SCORES, 400, "malformed-body", b"{}{}"),
    Bad("an array for a body", "POST", SCORES, 400, "malformed-body", b"[]"),
    Bad("a lone surrogate", "POST", SCORES, 422, "invalid-application",
        b'{"application": 1, "reference": "\\ud800"}', pointer="/application"),
    Bad("a nul byte in the body", "POST", SCORES, 400, "malformed-body", b'{"a": "\x00"}'),
    Bad("a body of 65,537 bytes", "POST", SCORES, 413, "body-too-large", b" " * 65_537),
    Bad("65,537 bytes in chunks", "POST", SCORES, 413, "body-too-large", [b" " * 8_192] * 9),
    Bad("a bad body in chunks", "POST", SCORES, 400, "malformed-body", [b"{", b'"appl']),
    Bad("no application", "POST", SCORES, 422, "invalid-application", {}, pointer="/application"),
    Bad("a field's name in capitals", "POST", SCORES, 422, "invalid-application",
        faulty(FICO_SCORE=700), pointer="/application/FICO_SCORE"),
    Bad("a slash in an unknown name", "POST", SCORES, 422, "invalid-application",
        faulty(**{"a/b~c": 1}), pointer="/application/a~1b~0c"),
    Bad("a number as text", "POST", SCORES, 422, "invalid-application", faulty(income=CANARY),
        pointer="/application/income"),
    Bad("a score too high", "POST", SCORES, 422, "invalid-application", faulty(fico_score=851),
        pointer="/application/fico_score"),
    Bad("a spreadsheet's formula", "POST", SCORES, 422, "invalid-application",
        ITEM | {"reference": f"={CANARY}()"}, pointer="/reference"),
    Bad("17 notes", "POST", SCORES, 422, "invalid-application",
        ITEM | {"metadata": {f"k{n}": CANARY for n in range(17)}}, pointer="/metadata"),
    Bad("a note too long", "POST", SCORES, 422, "invalid-application",
        ITEM | {"metadata": {"k": CANARY * 20}}, pointer="/metadata/k"),
    Bad("a deadline of no time", "POST", SCORES, 422, "invalid-application",
        ITEM | {"deadline_s": 0}, pointer="/deadline_s"),
    Bad("a deadline in eight days", "POST", SCORES, 422, "invalid-application",
        ITEM | {"deadline_s": 691_200}, pointer="/deadline_s"),
    # headers
    Bad("an empty idempotency key", "POST", SCORES, 400, "invalid-header", ITEM,
        {"Idempotency-Key": ""}),
    Bad("an idempotency key of 256", "POST", SCORES, 400, "invalid-header", ITEM,
        {"Idempotency-Key": "x" * 256}),
    Bad("an idempotency key with a space", "POST", SCORES, 400, "invalid-header", ITEM,
        {"Idempotency-Key": f"{CANARY} x"}),
    Bad("an idempotency key of bytes", "POST", SCORES, 400, "invalid-header", ITEM,
        {"Idempotency-Key": b"\xc3\xa9\xff"}),
    Bad("a batch's idempotency key of 256", "POST", BATCHES, 400, "invalid-header",
        {"items": [ITEM]}, {"Idempotency-Key": "x" * 256}),
    Bad("a preference of nonsense", "GET", f"{SCORES}/{SCORE}", 404, "not-found",
        headers={"Prefer": f'wait="{CANARY}, ;;=,wait=-1, wait=99999999'}),
    Bad("a preference of bytes", "GET", f"{SCORES}/{SCORE}", 404, "not-found",
        headers={"Prefer": b"wait=\xff\xfe"}),
    Bad("a forged request id", "GET", f"{SCORES}/{SCORE}", 404, "not-found",
        headers={"X-Request-Id": f"{CANARY} {CANARY}"}),
    # a score by its id
    *(
        Bad(f"{verb} of {what}", method, f"{path}/{one}{tail}", 404, "not-found")
        for path, known in ((SCORES, SCORE), (BATCHES, BATCH))
        for verb, method, tail in (
            (f"poll in {path}", "GET", ""),
            (f"cancel in {path}", "POST", "/cancel"),
            (f"erasure in {path}", "DELETE", ""),
        )
        for what, one in (
            ("an id that never was", known),
            ("an id in capitals", known.upper()),
            ("an id too short", known[:-1]),
            ("another's prefix", "wh" + known[2:]),
            ("a nul byte", "%00"),
            ("bytes that are no text", "%ff%fe"),
            ("a path upwards", "..%2f..%2flivez"),
        )
    ),
    # a replay
    *(
        Bad(f"a replay {what}", "POST", f"{SCORES}/{SCORE}/replay", 422, "invalid-application",
            under, pointer=pointer)
        for what, under, pointer in (
            ("under a word", {"model": CANARY}, "/model"),
            ("under a digest in capitals", {"policy": "sha256:" + "0A" * 32}, "/policy"),
            ("under a digest and a line", {"model": "sha256:" + "0a" * 32 + "\n"}, "/model"),
            ("under one cut-off", {"cut_offs": {"approve_below": 0.1}}, "/cut_offs/decline_above"),
            ("under a cut-off as text", {"cut_offs": {"approve_below": "0.1",
                                                      "decline_above": 0.2}},
             "/cut_offs/approve_below"),
            ("under a cut-off of 1", {"cut_offs": {"approve_below": 0.1, "decline_above": 1}},
             "/cut_offs/decline_above"),
            ("under cut-offs that cross", {"cut_offs": {"approve_below": 0.2,
                                                        "decline_above": 0.1}}, "/cut_offs"),
            ("under another name", {"modell": CANARY}, "/modell"),
        )
    ),
    Bad("a replay of text", "POST", f"{SCORES}/{SCORE}/replay", 415, "unsupported-media-type",
        b"{}", {"Content-Type": "text/plain"}),
    Bad("a replay of a list", "POST", f"{SCORES}/{SCORE}/replay", 400, "malformed-body", b"[]"),
    Bad("a replay of what never was", "POST", f"{SCORES}/{SCORE}/replay", 404, "not-found", {}),
    # batches
    Bad("an empty batch", "POST", BATCHES, 422, "invalid-application", {"items": []},
        pointer="/items"),
    Bad("a batch of no list", "POST", BATCHES, 422, "invalid-application", {"items": ITEM},
        pointer="/items"),
    Bad("1,001 items", "POST", BATCHES, 422, "invalid-application", {"items": [ITEM] * 1_001},
        pointer="/items"),
    Bad("the 8th item invalid", "POST", BATCHES, 422, "invalid-application",
        {"items": [ITEM] * 7 + [faulty(income=CANARY)]}, pointer="/items/7/application/income"),
    Bad("an item that is null", "POST", BATCHES, 422, "invalid-application", {"items": [None]},
        pointer="/items/0"),
    Bad("an item's own deadline", "POST", BATCHES, 422, "invalid-application",
        {"items": [ITEM | {"deadline_s": 5}]}, pointer="/items/0/deadline_s"),
    Bad("on_invalid of nonsense", "POST", BATCHES, 422, "invalid-application",
        {"items": [ITEM], "on_invalid": CANARY}, pointer="/on_invalid"),
    Bad("nothing left after skipping", "POST", BATCHES, 422, "invalid-application",
        {"items": [faulty(income=-1)], "on_invalid": "skip"},
        pointer="/items/0/application/income"),
    Bad("a batch above 2 MB", "POST", BATCHES, 413, "body-too-large", b" " * 2_097_153),
    Bad("a batch above 2 MB in chunks", "POST", BATCHES, 413, "body-too-large",
        [b" " * 65_536] * 33),
    Bad("a batch as text", "POST", BATCHES, 415, "unsupported-media-type", b"{}",
        {"Content-Type": "text/plain"}),
    Bad("a batch that is no json", "POST", BATCHES, 400, "malformed-body", b"items"),
    # dead letters
    *(
        Bad(f"dead letters by {query[:30]}", "GET", f"{DEAD}?{query}", 400, "invalid-query")
        for query in (
            "limit=0", "limit=1001", "limit=-1", "limit=1.5", "limit=", f"limit={CANARY}",
            "limit=%D9%A3", "limit=%00", "cursor=", f"cursor={CANARY}", "cursor=1-sc_1",
            f"cursor=%D9%A3-{SCORE}", f"cursor={'9' * 16}-{SCORE}",
        )
    ),
    Bad("a dead letter that is none", "GET", f"{DEAD}/{SCORE}", 404, "not-found"),
    Bad("a re-drive of nothing", "POST", f"{DEAD}/{SCORE}/redrive", 404, "not-found"),
    Bad("a re-drive of a batch", "POST", f"{DEAD}/{BATCH}/redrive", 404, "not-found"),
    # outcomes; of rules that need a score see tests/monitoring/test_route.py
    *(
        Bad(f"an outcome of {what}", "POST", OUTCOMES, 422, "invalid-outcome",
            {"items": [OBSERVED, OBSERVED | given]}, pointer=pointer)
        for what, given, pointer in (
            ("no default or not", {"defaulted": None}, "/items/1/defaulted"),
            ("a default in words", {"defaulted": "yes"}, "/items/1/defaulted"),
            ("a default in numbers", {"defaulted": 1}, "/items/1/defaulted"),
            ("a batch", {"id": BATCH}, "/items/1/id"),
            ("an id in capitals", {"id": SCORE.upper()}, "/items/1/id"),
            ("no day", {"observed_on": CANARY}, "/items/1/observed_on"),
            ("a day that no month has", {"observed_on": "2026-02-30"}, "/items/1/observed_on"),
            ("a time", {"observed_on": "2026-06-30T00:00:00Z"}, "/items/1/observed_on"),
            ("a week", {"observed_on": "2026-W01-1"}, "/items/1/observed_on"),
            ("a number of days", {"observed_on": 20_000}, "/items/1/observed_on"),
            ("a day to come", {"observed_on": "2999-01-01"}, "/items/1/observed_on"),
            ("a day before the score", {"observed_on": "2004-01-01"}, "/items/1/observed_on"),
            ("a score of a time to come", {"id": "sc_" + "f" * 44}, "/items/1/observed_on"),
            ("more than that", {"note": CANARY}, "/items/1/note"),
        )
    ),
    Bad("no outcomes", "POST", OUTCOMES, 422, "invalid-outcome", {"items": []}, pointer="/items"),
    Bad("1,001 outcomes", "POST", OUTCOMES, 422, "invalid-outcome", {"items": [OBSERVED] * 1_001},
        pointer="/items"),
    Bad("an outcome that is none", "POST", OUTCOMES, 422, "invalid-outcome", {"items": [CANARY]},
        pointer="/items/0"),
    Bad("outcomes cut short", "POST", OUTCOMES, 400, "malformed-body", b'{"items": [{"id'),
    Bad("outcomes as csv", "POST", OUTCOMES, 415, "unsupported-media-type", b"id,defaulted",
        {"Content-Type": "text/csv"}),
    # overrides; of rules that need a score see tests/route/test_overrides.py
    *(
        Bad(f"an override of {what}", "POST", f"{SCORES}/{SCORE}/overrides", 422,
            "invalid-override", DECIDED | given, pointer=pointer)
        for what, given, pointer in (
            ("a decision nobody makes", {"decision": CANARY}, "/decision"),
            ("a decision to review", {"decision": "review"}, "/decision"),
            ("a reason the policy has not", {"reason": "CANARY_4711"}, "/reason"),
            ("a reason of the score", {"reason": "FICO"}, "/reason"),
            ("a reason that does not fit", {"reason": "FRAUD_SUSPICION"}, "/reason"),
            ("a reason in small letters", {"reason": "guarantor"}, "/reason"),
            ("no note", {"note": None}, "/note"), ("an empty note", {"note": ""}, "/note"),
            ("a note of a blank", {"note": " "}, "/note"),
            ("a note of 2,001", {"note": "x" * 2_001}, "/note"),
            ("something more", {"by": 1}, "/by"),
        )
    ),
    Bad("an override of nothing", "POST", f"{SCORES}/{SCORE}/overrides", 422, "invalid-override",
        {}, pointer="/note"),
    Bad("an override by a body cut short", "POST", f"{SCORES}/{SCORE}/overrides", 400,
        "malformed-body", b'{"decision"'),
    Bad("an override as a form", "POST", f"{SCORES}/{SCORE}/overrides", 415,
        "unsupported-media-type", b"note=x", {"Content-Type": "application/x-www-form-urlencoded"}),
    Bad("an override above 64 KB", "POST", f"{SCORES}/{SCORE}/overrides", 413, "body-too-large",
        b" " * 65_537),
    Bad("an override's idempotency key of 256", "POST", f"{SCORES}/{SCORE}/overrides", 400,
        "invalid-header", DECIDED, {"Idempotency-Key": "x" * 256}),
    Bad("an override of no score", "POST", f"{SCORES}/{SCORE}/overrides", 404, "not-found",
        DECIDED),
    Bad("an override of a batch", "POST", f"{SCORES}/{BATCH}/overrides", 404, "not-found", DECIDED),
    Bad("overrides of no score", "GET", f"{SCORES}/{SCORE}/overrides", 404, "not-found"),
    *(
        Bad(f"overrides by {query[:30]}", "GET", f"{OVERRIDES}?{query}", 400, "invalid-query")
        for query in ("state=", f"state={CANARY}", "state=in-force", "limit=0", "limit=1001",
                      "cursor=", f"cursor={CANARY}", "cursor=1-ov_1")
    ),
    *(
        Bad(f"{method} of an override's {tail or 'self'} by {one[:20]}", method,
            f"{OVERRIDES}/{one}{tail}", 404, "not-found", said)
        for method, tail, said in (
            ("GET", "", None), ("POST", "/approve", {"note": CANARY}),
            ("POST", "/reject", {"note": CANARY}),
        )
        for one in (OVERRIDE, SCORE, OVERRIDE.upper(), "%00", "..%2f..")
    ),
    Bad("an approval without a note", "POST", f"{OVERRIDES}/{OVERRIDE}/approve", 422,
        "invalid-override", {}, pointer="/note"),
    Bad("an approval of a note and more", "POST", f"{OVERRIDES}/{OVERRIDE}/approve", 422,
        "invalid-override", {"note": "x", "decision": CANARY}, pointer="/decision"),
    Bad("a rejection by a note that is no text", "POST", f"{OVERRIDES}/{OVERRIDE}/reject", 422,
        "invalid-override", {"note": 4711}, pointer="/note"),
    # campaigns; of portfolios see tests/campaigns/test_api.py
    *(
        Bad(f"campaigns by {query[:30]}", "GET", f"{CAMPAIGNS}?{query}", 400, "invalid-query")
        for query in ("limit=0", "limit=1001", f"limit={CANARY}", "cursor=", f"cursor={CANARY}")
    ),
    *(
        Bad(f"{method} of a campaign's {tail[:20] or 'self'} by {one[:20]}", method,
            f"{CAMPAIGNS}/{one}{tail}", 404, "not-found")
        for method, tail in (
            ("GET", ""), ("DELETE", ""), ("GET", "/results"), ("GET", "/errors"),
            ("GET", "/unprocessed"), ("GET", "/summary"), ("GET", "/summary.svg"),
            ("GET", "/reconciliation"), ("POST", "/cancel"),
            ("POST", "/pause"), ("POST", "/resume"), ("GET", "/portfolio"),
            ("GET", "/model/model.joblib"), ("GET", "/..%2fplan.json"),
        )
        for one in (CAMPAIGN, SCORE, "%00", "..", "..%2f..", "x" * 4_000)
    ),
    *(
        Bad(f"records {what}", "POST", f"{CAMPAIGNS}{query}", status, code,
            {"input": {"records": records}, **more}, pointer=pointer)
        for what, records, more, query, status, code, pointer in (
            ("of no days", {"from": CANARY}, {}, "", *_FAULTY, "/input/records/from"),
            ("of the 30th of February", {"to": "2026-02-30"}, {}, "", *_FAULTY,
             "/input/records/to"),
            ("from after to", {"from": "2026-02-02", "to": "2026-02-01"}, {}, "", *_FAULTY,
             "/input/records"),
            ("of another kind of id", {"id": BATCH}, {}, "", *_FAULTY, "/input/records/id"),
            ("of another's", {"owner": CANARY}, {}, "", *_FAULTY, "/input/records/owner"),
            ("of no decision", {"decision": CANARY}, {}, "", *_FAULTY, "/input/records/decision"),
            ("as a list", [], {}, "", *_FAULTY, "/input/records"),
            ("under a word", {}, {"under": {"model": CANARY}}, "", *_FAULTY, "/under/model"),
            ("under null", {}, {"under": None}, "", *_FAULTY, "/under"),
            ("and more", {}, {"over": {}}, "", 422, "invalid-portfolio", ""),
            ("with columns", {}, {}, f"?pass_through={CANARY}", 400, "invalid-query", None),
            ("as a CSV", {}, {}, "?format=csv", 400, "invalid-query", None),
            ("and a past", {}, {}, f"?compare_with={CAMPAIGN}", 400, "invalid-query", None),
        )
    ),
    Bad("a portfolio of no type", "POST", CAMPAIGNS, 415, "unsupported-media-type", b"a,b",
        {"Content-Type": ""}),
    # webhooks
    Bad("a webhook of no body", "POST", HOOKS, 400, "malformed-body", b""),
    Bad("a webhook as a form", "POST", HOOKS, 415, "unsupported-media-type", b"url=x",
        {"Content-Type": "application/x-www-form-urlencoded"}),
    Bad("a webhook above 64 KB", "POST", HOOKS, 413, "body-too-large", b" " * 65_537),
    *(
        Bad(f"a webhook to {what}", "POST", HOOKS, 422, "invalid-webhook", {"url": url},
            pointer="/url")
        for what, url in (
            ("nothing", None), ("plain http", f"http://{CANARY}.example/"),
            ("this machine", f"https://127.0.0.1/{CANARY}"), ("a number", "https://2130706433/"),
            ("the metadata service", "https://169.254.169.254/"), ("a file", "file:///etc/passwd"),
            ("a user", f"https://u:{CANARY}@example.com/"), ("a fragment", "https://e.com/#x"),
            ("2,049 characters", "https://e.com/" + "a" * 2_035),
        )
    ),
    Bad("a webhook and more", "POST", HOOKS, 422, "invalid-webhook",
        {"url": "https://e.com/", "secret": CANARY}, pointer=""),
    Bad("deletion of no webhook", "DELETE", f"{HOOKS}/{HOOK}", 404, "not-found"),
    Bad("rotation of no webhook", "POST", f"{HOOKS}/{HOOK}/rotate", 404, "not-found"),
    Bad("a test of no webhook", "POST", f"{HOOKS}/{HOOK}/test", 404, "not-found"),
    Bad("deliveries of a nul byte", "GET", f"{HOOKS}/%00/deliveries", 404, "not-found"),
    # paths and methods
    *(
        Bad(f"the path {path[:30]}", "GET", path, 404, "not-found")
        for path in ("/v0", "/v2", "/v1", "/v1/score", f"{SCORES}/{SCORE}/cancel/x", "/%00", "/%ff",
                     "/static/docs.js", "/docs/VENDORED.md", "/docs/..%2fapp.py", "/" + "x" * 4_000)
    ),
    *(
        Bad(f"{method} on {path}", method, path, 405, "method-not-allowed")
        for method, path in (
            ("GET", SCORES), ("PUT", SCORES), ("PATCH", f"{SCORES}/{SCORE}"), ("OPTIONS", SCORES),
            ("TRACE", SCORES), ("BREW", SCORES), ("DELETE", BATCHES), ("DELETE", DEAD),
            ("PUT", CAMPAIGNS), ("POST", f"{CAMPAIGNS}/{CAMPAIGN}/results"),
            ("PUT", f"{HOOKS}/{HOOK}"), ("POST", "/livez"), ("POST", "/openapi.json"),
            ("DELETE", "/docs"), ("GET", f"{SCORES}/{SCORE}/cancel"),
        )
    ),
    # who calls
    *(
        Bad(f"{what} for {method} {path}", method, path, 401, "unauthorized",
            headers={"Authorization": sent})
        for what, sent in (
            ("no key", NO_KEY), ("a blank key", "Bearer"), ("no scheme", CANARY),
            ("another scheme", "Basic dXNlcjpwYXNz"),
            ("a key never made", f"Bearer ls_{'0' * 8}_{'x' * 43}"),
            ("a key of bytes", b"Bearer \xff\xfe"), ("a key of 8,000", "Bearer " + "x" * 8_000),
        )
        for method, path in (
            ("POST", SCORES), ("GET", f"{BATCHES}/{BATCH}"), ("GET", DEAD), ("GET", HOOKS),
        )
    ),
]  # fmt: skip


def send(http, bad):
    """Send it as it is described, with the caller's own key where none is given."""
    headers = ({**JSON} if bad.body is not None else {}) | dict(bad.headers)
    content = iter(bad.body) if isinstance(bad.body, list) else bad.body
    if isinstance(bad.body, dict):
        content = json.dumps(bad.body)
    request = http.build_request(bad.method, bad.path, content=content, headers=headers)
    if headers.get("Authorization") == NO_KEY:
        del request.headers["Authorization"]
    return http.send(request)


def check_problem(answer):
    """Every error is a problem of the contract that names its request and quotes nobody."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert answer.status_code == problem["status"] == PROBLEMS[problem["code"]][0]
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert problem["detail"]
    told = {name: value for name, value in problem.items() if name != "instance"}
    assert CANARY not in json.dumps(told) + str(answer.headers)
    return problem


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.name)
def test_a_bad_request_gets_its_problem(http, bad):
    answer = send(http, bad)
    problem = check_problem(answer)
    assert (problem["status"], problem["code"]) == (bad.status, bad.code)
    if bad.pointer is not None:
        assert problem["errors"][0]["pointer"] == bad.pointer
    assert ("WWW-Authenticate" in answer.headers) == (bad.status == 401)
    assert bool(answer.headers.get("Allow")) == (bad.status == 405)


def test_they_are_many_and_each_has_a_name(report):
    named = {bad.name for bad in TABLE}
    assert len(named) == len(TABLE) >= 40
    codes = {bad.code for bad in TABLE}
    report(f"bad requests by name: {len(TABLE)}, with {len(codes)} problem codes")


SCOPED = {
    "scores:read": [("GET", f"{SCORES}/{SCORE}"), ("GET", f"{BATCHES}/{BATCH}"), ("GET", HOOKS),
                    ("GET", f"{HOOKS}/{HOOK}/deliveries"), ("GET", f"{SCORES}/{SCORE}/what-if"),
                    ("POST", f"{SCORES}/{SCORE}/replay"),
                    ("GET", OVERRIDES), ("GET", f"{OVERRIDES}/{OVERRIDE}"),
                    ("GET", f"{SCORES}/{SCORE}/overrides"), ("GET", "/v1/override-reasons")],
    "overrides:write": [("POST", f"{SCORES}/{SCORE}/overrides")],
    "outcomes:write": [("POST", OUTCOMES)],
    "monitoring:read": [("GET", "/v1/monitoring"), ("GET", "/v1/monitoring.svg")],
    "overrides:approve": [("POST", f"{OVERRIDES}/{OVERRIDE}/approve"),
                          ("POST", f"{OVERRIDES}/{OVERRIDE}/reject")],
    "scores:write": [("POST", SCORES), ("POST", BATCHES), ("DELETE", f"{SCORES}/{SCORE}"),
                     ("POST", f"{BATCHES}/{BATCH}/cancel"), ("POST", HOOKS),
                     ("POST", f"{HOOKS}/{HOOK}/rotate"), ("DELETE", f"{HOOKS}/{HOOK}")],
    "campaigns": [("POST", CAMPAIGNS), ("GET", CAMPAIGNS), ("GET", f"{CAMPAIGNS}/{CAMPAIGN}"),
                  ("POST", f"{CAMPAIGNS}/{CAMPAIGN}/cancel"), ("DELETE", f"{CAMPAIGNS}/{CAMPAIGN}"),
                  ("GET", f"{CAMPAIGNS}/{CAMPAIGN}/results")],
    "admin": [("GET", DEAD), ("GET", f"{DEAD}/{SCORE}"), ("POST", f"{DEAD}/{SCORE}/redrive")],
}  # fmt: skip


@pytest.fixture
def with_scopes(service):
    """Clients of their own, each with the scopes given; they are forgotten afterwards."""
    made = []
    with connect(service.redis_url) as client:
        store = KeyStore(client)

        def make(*scopes):
            made.append(store.create(f"bad-{names.new_webhook_id()[3:12]}", scopes))
            return Client(service.url, made[-1].secret)

        yield make
        for key in made:
            store.revoke(key.key.id)


def refused_once_known(http, method, path):
    """Ask until the key, which the API reads in the background, is known."""
    ends = time.monotonic() + 10
    while (answer := http.request(method, path)).status_code == 401:
        assert time.monotonic() < ends, "the key is still unknown"
        time.sleep(0.05)
    return answer


@pytest.mark.parametrize("missing", SCOPED)
def test_a_key_without_the_scope_gets_a_403_that_names_it(with_scopes, missing):
    with with_scopes(*(scope for scope in SCOPED if scope != missing)) as http:
        for method, path in SCOPED[missing]:
            answer = refused_once_known(http, method, path)
            problem = check_problem(answer)
            assert problem["code"] == "forbidden"
            assert missing in problem["detail"]


def test_what_is_anothers_is_what_never_was(http, with_scopes):
    score = http.submit(EXAMPLE)
    batch = http.post(BATCHES, json={"items": [ITEM]}).json()["id"]
    with with_scopes("scores:read", "scores:write") as stranger:
        for path in (f"{SCORES}/{score}", f"{BATCHES}/{batch}"):
            for method, tail in (("GET", ""), ("POST", "/cancel"), ("DELETE", "")):
                answer = refused_once_known(stranger, method, path + tail)
                assert check_problem(answer)["code"] == "not-found"
    assert http.wait(score)["status"] == "succeeded"


def test_one_webhook_too_many_is_a_409(with_scopes):
    with with_scopes("scores:read", "scores:write") as http:
        refused_once_known(http, "GET", HOOKS)
        made = [http.post(HOOKS, json={"url": "https://e.invalid/"}).json() for _ in range(MOST)]
        answer = http.post(HOOKS, json={"url": "https://e.invalid/"})
        for webhook in made:
            assert http.delete(f"{HOOKS}/{webhook['id']}").status_code == 204
    assert check_problem(answer)["code"] == "too-many-webhooks"


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
MANY = settings(
    max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
NO_NUMBER = st.text().map(CANARY.__add__) | st.lists(st.just(CANARY) | st.integers())
POSTS = st.sampled_from([SCORES, BATCHES, HOOKS])


@MANY
@given(path=POSTS, body=ANY_JSON)
def test_any_json_gets_a_problem(http, path, body):
    check_problem(http.post(path, content=json.dumps(body), headers=JSON))


@MANY
@given(path=POSTS, body=st.binary(max_size=200))
def test_any_bytes_get_a_problem(http, path, body):
    check_problem(http.post(path, content=body, headers=JSON))


@MANY
@given(field=st.sampled_from(sorted(GOOD)), value=NO_NUMBER)
def test_any_value_that_is_no_number_is_pointed_at_and_not_quoted(http, field, value):
    answer = http.post(SCORES, content=json.dumps(faulty(**{field: value})), headers=JSON)
    problem = check_problem(answer)
    assert [fault["pointer"] for fault in problem["errors"]] == [f"/application/{field}"]


#: What HTTP lets stand in a header: no control characters, no space at either end.
HEADER = st.lists(
    st.sampled_from([*range(0x21, 0x7F), *range(0x80, 0x100)]), max_size=300
).map(bytes)  # fmt: skip


@MANY
@given(
    name=st.sampled_from(["Prefer", "Idempotency-Key", "X-Request-Id", "Authorization", "Accept"]),
    value=HEADER,
)
def test_any_header_gets_a_problem(http, name, value):
    sent = {name: value} | JSON
    check_problem(http.post(SCORES, content=json.dumps(faulty(income=None)), headers=sent))


@MANY
@given(tail=st.binary(min_size=1, max_size=60))
def test_any_path_gets_a_problem(service, http, tail):
    path = "".join(f"%{byte:02x}" for byte in tail)
    check_problem(http.get(f"{SCORES}/{path}/none"))
    check_problem(httpx.get(f"{service.url}/{path}/none"))
