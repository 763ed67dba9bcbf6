"""Overrides on a real Redis: each event once, whole, and recorded in the step that makes it so."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
import redis

from protocol import names
from protocol.application import EXAMPLE
from protocol.errors import LedgerUnavailable
from protocol.ledger import Completion, Gone, Idempotency, Job, Ledger
from protocol.overrides import Happened, Override, Overrides, State, Verdict
from protocol.record_stream import RecordStream
from protocol.scripts import OVERRIDE_LIMIT
from protocol.settings import Settings
from protocol.states import State as ScoreState

LIMIT = 50_000.0
POLICY = '{"version": "2026-3", "digest": "sha256:00", "second_person_above": 50000}'
MODEL = {"name": "m", "version": "7", "digest": "sha256:11"}


@pytest.fixture
def overrides(client, redis_url):
    return Overrides(client, Settings(redis_url=redis_url, override_ttl_s=900, result_ttl_s=600))


@pytest.fixture
def events(client):
    """The events of overrides on the stream, each without what every entry has."""
    stream = RecordStream(client, Settings())
    return lambda: [entry for _, entry in stream.entries(1_000) if entry["class"] == "override"]


def scored(ledger: Ledger, decision="decline", amount=4_200.0, owner="tests", **more) -> str:
    application = EXAMPLE._replace(loan_amt_outstanding=amount)
    score_id = ledger.accept([Job(names.new_score_id(), application, **more)], owner).id
    answer = json.dumps({"result": {"decision": decision}, "model": MODEL})
    (claim,) = ledger.claim(stay_awake=False)
    ledger.complete([Completion(claim, ScoreState.SUCCEEDED, answer)])
    return score_id


def wish(score_id: str, decision="approve", override_id="", note="canary-4711") -> Override:
    return Override(
        override_id or names.new_override_id(),
        score_id,
        decision,
        "GUARANTOR",
        '{"code": "GUARANTOR"}',
        note,
        POLICY,
        LIMIT,
    )


def said(events):
    return [(one["override"], one["state"], one["actor"]) for one in events()]


def test_an_override_below_the_limit_is_in_force_at_once(overrides, ledger, events, client):
    score_id = scored(ledger, amount=LIMIT, reference="LOS-1")
    wanted = wish(score_id)
    assert overrides.request(wanted, "tests", "adviser") == (Happened.REQUESTED, wanted.id)
    (held,) = overrides.read([wanted.id])
    assert (held["state"], held["decision"], held["before"]) == ("in-force", "approve", "decline")
    (score,) = ledger.read([score_id])
    assert (score["override"], score["decided"]) == (wanted.id, "approve")
    assert json.loads(score["answer"])["result"] == {"decision": "decline"}
    (entry,) = events()
    assert int(entry.pop("created_ms")) == int(entry.pop("finished_ms")) == int(held["created_ms"])
    assert entry.pop("scored_ms") == score["finished_ms"]
    assert json.loads(entry.pop("model")) == MODEL
    assert entry == {
        "v": "1",
        "class": "override",
        "id": score_id,
        "state": "in-force",
        "owner": "tests",
        "batch": "",
        "reference": "LOS-1",
        "actor": "adviser",
        "override": wanted.id,
        "decision": "approve",
        "before": "decline",
        "scored": "decline",
        "direction": "low-side",
        "reason": "GUARANTOR",
        "requested_by": "adviser",
        "policy": POLICY,
        "exposure": "50000",
        "superseded_by": "",
        "note": "canary-4711",
    }


def test_above_the_limit_it_waits_and_nothing_is_in_force(overrides, ledger, events):
    score_id = scored(ledger, amount=LIMIT + 0.01)
    wanted = wish(score_id)
    overrides.request(wanted, "tests", "adviser")
    (score,) = ledger.read([score_id])
    assert "override" not in score
    assert "decided" not in score
    assert score["override_waiting"] == wanted.id
    assert overrides.latest(score)["state"] == State.WAITING
    assert said(events) == [(wanted.id, "awaiting-approval", "adviser")]
    assert events()[0]["exposure"] == "50000.010000000002"
    ((waiting, _),) = overrides.waiting("tests", 10, None)
    assert waiting == wanted.id
    assert overrides.waiting("another", 10, None) == []


@pytest.mark.parametrize(
    ("verdict", "state", "decided"),
    [("approved", "in-force", "approve"), ("rejected",) * 2 + ("",)],
)
def test_a_second_person_settles_it_once(overrides, ledger, events, *, verdict, state, decided):
    score_id = scored(ledger, amount=60_000)
    wanted = wish(score_id)
    overrides.request(wanted, "tests", "adviser")
    settle = lambda actor, verdict: overrides.settle(  # noqa: E731
        wanted.id, "tests", Verdict(verdict), actor, "seen"
    )
    other = "rejected" if verdict == "approved" else "approved"
    assert settle("adviser", verdict) == Happened.SAME_PERSON
    assert overrides.settle(wanted.id, "another", Verdict(verdict), "x", "") == Happened.GONE
    assert settle("second", verdict) == settle("second", verdict) == Happened.SETTLED
    assert settle("third", verdict) == settle("second", other) == Happened.CLOSED
    (held,) = overrides.read([wanted.id])
    assert (held["state"], held["approver"], held["approver_note"]) == (state, "second", "seen")
    (score,) = ledger.read([score_id])
    assert score.get("decided", "") == decided
    assert "override_waiting" not in score
    assert said(events)[1:] == [(wanted.id, state, "second")]
    assert [one["note"] for one in events()] == ["canary-4711", "seen"]
    assert overrides.waiting("tests", 10, None) == []


def test_two_second_persons_at_once_are_one(overrides, ledger, events):
    for _ in range(10):
        wanted = wish(scored(ledger, amount=60_000))
        overrides.request(wanted, "tests", "adviser")
        verdicts = [Verdict.APPROVED, Verdict.REJECTED] * 4
        with ThreadPoolExecutor(8) as crowd:
            outcomes = list(
                crowd.map(
                    lambda n, wanted=wanted, verdicts=verdicts: overrides.settle(
                        wanted.id, "tests", verdicts[n], f"second-{n}", ""
                    ),
                    range(8),
                )
            )
        assert sorted(outcomes) == [Happened.CLOSED] * 7 + [Happened.SETTLED]
        winner = outcomes.index(Happened.SETTLED)
        state = "in-force" if verdicts[winner] == Verdict.APPROVED else "rejected"
        assert said(events)[-1] == (wanted.id, state, f"second-{winner}")
    assert len(events()) == 20


def test_another_cannot_be_asked_for_while_one_waits(overrides, ledger, events):
    score_id = scored(ledger, amount=60_000)
    first = wish(score_id)
    overrides.request(first, "tests", "adviser")
    assert overrides.request(wish(score_id), "tests", "other") == (Happened.WAITING, first.id)
    assert len(events()) == 1
    overrides.settle(first.id, "tests", Verdict.REJECTED, "second", "")
    assert overrides.request(wish(score_id), "tests", "other").happened == Happened.REQUESTED


def test_a_later_one_supersedes_what_is_in_force_and_all_of_it_stays(overrides, ledger, events):
    score_id = scored(ledger)
    first, back = wish(score_id), wish(score_id, "decline")
    overrides.request(first, "tests", "adviser")
    assert overrides.request(wish(score_id), "tests", "other").happened == Happened.SAME
    overrides.request(back, "tests", "other")
    assert [(one["id"], one["state"], one["direction"]) for one in overrides.of(score_id)] == [
        (first.id, "superseded", "low-side"),
        (back.id, "in-force", "restored"),
    ]
    assert overrides.of(score_id)[0]["superseded_by"] == back.id
    assert overrides.of(score_id)[1]["before"] == "approve"
    assert said(events) == [
        (first.id, "in-force", "adviser"),
        (first.id, "superseded", "other"),
        (back.id, "in-force", "other"),
    ]
    assert ledger.read([score_id])[0]["decided"] == "decline"


def test_one_in_force_stays_so_while_a_later_one_waits_or_is_rejected(overrides, ledger):
    score_id = scored(ledger, amount=60_000)
    first, second = wish(score_id), wish(score_id, "decline")
    overrides.request(first, "tests", "adviser")
    overrides.settle(first.id, "tests", Verdict.APPROVED, "second", "")
    overrides.request(second, "tests", "adviser")
    (score,) = ledger.read([score_id])
    assert (score["decided"], overrides.latest(score)["id"]) == ("approve", second.id)
    overrides.settle(second.id, "tests", Verdict.REJECTED, "second", "")
    (score,) = ledger.read([score_id])
    assert (score["decided"], overrides.latest(score)["id"]) == ("approve", first.id)


@pytest.mark.parametrize(
    ("scored_as", "decision", "direction"),
    [
        ("decline", "approve", "low-side"),
        ("approve", "decline", "high-side"),
        ("review", "approve", "from-review"),
        ("review", "decline", "from-review"),
    ],
)
def test_its_direction_is_told_and_counted(overrides, ledger, *, scored_as, decision, direction):
    overrides.request(wish(scored(ledger, scored_as), decision), "tests", "adviser")
    assert overrides.counts() == [("in-force", direction, "GUARANTOR", 1)]


def test_a_repeated_request_is_one(overrides, ledger, events):
    score_id = scored(ledger)
    wanted = wish(score_id)
    for _ in range(2):  # the client lost the answer
        assert overrides.request(wanted, "tests", "adviser") == (Happened.REQUESTED, wanted.id)
    assert len(events()) == 1


def test_an_idempotency_key_is_one_request_of_one_body(overrides, ledger, events):
    score_id = scored(ledger, amount=60_000)
    key = Idempotency("/v1/scores/x/overrides\nkey", "f" * 64)
    with ThreadPoolExecutor(8) as crowd:
        outcomes = list(
            crowd.map(
                lambda _: overrides.request(wish(score_id), "tests", "adviser", key), range(8)
            )
        )
    happened = sorted(outcome.happened for outcome in outcomes)
    assert happened == [Happened.REPLAYED] * 7 + [Happened.REQUESTED]
    assert len({outcome.id for outcome in outcomes}) == len(events()) == 1
    other = Idempotency(key.scope, "e" * 64)
    assert overrides.request(wish(score_id), "tests", "adviser", other).happened == Happened.REUSED


def test_only_a_score_with_a_decision_is_overridden_and_by_its_owner(overrides, ledger, events):
    queued = ledger.accept([Job(names.new_score_id(), EXAMPLE)], "tests").id
    for score_id in (queued, names.new_score_id()):
        assert overrides.request(wish(score_id), "tests", "x") == (Happened.GONE, "")
    ledger.cancel([queued])
    assert overrides.request(wish(queued), "tests", "x").happened == Happened.GONE
    assert overrides.request(wish(scored(ledger)), "another", "x").happened == Happened.GONE
    assert events() == []


def test_an_erased_score_takes_its_overrides_along_and_their_records_stay(
    overrides, ledger, client, events
):
    score_id = scored(ledger, amount=60_000)
    first, waits = wish(score_id), wish(score_id, "decline")
    overrides.request(first, "tests", "adviser")
    overrides.settle(first.id, "tests", Verdict.APPROVED, "second", "")
    overrides.request(waits, "tests", "adviser")
    ledger.erase([score_id])
    for verdict in Verdict:
        assert overrides.settle(waits.id, "tests", verdict, "second", "") == Happened.GONE
    assert overrides.request(wish(score_id), "tests", "adviser").happened == Happened.GONE
    assert overrides.read([first.id, waits.id]) == [Gone("tests"), Gone("tests")]
    assert overrides.read([names.new_override_id()]) == [None]
    assert overrides.waiting("tests", 10, None) == overrides.of(score_id) == []
    assert len(events()) == 3
    kept = [key for key in client.scan_iter("{ls}*") if "canary-4711" in str(_all(client, key))]
    assert kept == [names.RECORDS]


def _all(client, key):
    read = {
        "hash": client.hgetall,
        "string": client.get,
        "zset": lambda key: client.zrange(key, 0, -1),
        "stream": client.xrange,
    }
    return read[client.type(key)](key)


def test_erasing_and_approving_at_once_leaves_nothing_half_done(overrides, ledger, client, events):
    for _ in range(10):
        score_id = scored(ledger, amount=60_000)
        wanted = wish(score_id)
        overrides.request(wanted, "tests", "adviser")
        with ThreadPoolExecutor(2) as crowd:
            erased = crowd.submit(ledger.erase, [score_id])
            settled = crowd.submit(
                overrides.settle, wanted.id, "tests", Verdict.APPROVED, "second", ""
            )
        erased.result()
        outcomes = {Happened.SETTLED: "in-force", Happened.GONE: "awaiting-approval"}
        assert said(events)[-1][1] == outcomes[settled.result()]
        assert overrides.read([wanted.id]) == [Gone("tests")]
        assert client.exists(names.JOB + score_id) == 0


def test_each_event_keeps_the_score_and_its_overrides(overrides, ledger, client):
    score_id = scored(ledger, amount=60_000)
    first = wish(score_id)
    keys = [names.JOB + score_id, names.OVERRIDE + first.id, names.OVERRIDES_OF + score_id]
    overrides.request(first, "tests", "adviser")
    for settle in (None, Verdict.APPROVED):
        if settle:
            for key in keys:
                client.pexpire(key, 100_000)
            overrides.settle(first.id, "tests", settle, "second", "")
        for key in keys:
            assert 800_000 < client.pttl(key) <= 900_000, key
        for gone in (score_id, first.id):
            assert client.pttl(names.GONE + gone) > 900_000


def test_one_whose_time_is_up_is_gone_and_waits_no_more(overrides, ledger, client):
    score_id = scored(ledger, amount=60_000)
    wanted = wish(score_id)
    overrides.request(wanted, "tests", "adviser")
    client.delete(names.JOB + score_id)  # what its TTL does, a moment before the override's
    assert overrides.settle(wanted.id, "tests", Verdict.APPROVED, "x", "") == Happened.GONE
    client.delete(names.OVERRIDE + wanted.id)
    client.zadd(names.OVERRIDES_WAITING + "tests", {wanted.id: 1})
    later = wish(scored(ledger, amount=60_000))
    overrides.request(later, "tests", "adviser")
    assert [one for one, _ in overrides.waiting("tests", 10, None)] == [later.id]


def test_a_score_is_not_overridden_without_end(overrides, ledger, events):
    score_id = scored(ledger)
    turns = count()
    while (
        happened := overrides.request(
            wish(score_id, ("approve", "decline")[next(turns) % 2]), "tests", "adviser"
        ).happened
    ) == Happened.REQUESTED:
        pass
    assert happened == Happened.MANY
    assert len(overrides.of(score_id)) == OVERRIDE_LIMIT
    assert len(events()) == 2 * OVERRIDE_LIMIT - 1


def test_pages_of_what_waits_go_on_where_the_last_one_ended(overrides, ledger):
    ids = []
    for _ in range(7):
        wanted = wish(scored(ledger, amount=60_000))
        overrides.request(wanted, "tests", "adviser")
        ids.append(wanted.id)
    found, after = [], None
    while page := overrides.waiting("tests", 3, after):
        found += [one for one, _ in page]
        after = page[-1]
    assert sorted(found) == sorted(ids)
    assert len(found) == 7


def test_a_full_redis_takes_no_override_and_lets_one_be_settled(overrides, ledger, client, events):
    score_id, other = scored(ledger, amount=60_000), scored(ledger)
    wanted = wish(score_id)
    overrides.request(wanted, "tests", "adviser")
    client.config_set("maxmemory", 1)
    try:
        with pytest.raises(redis.OutOfMemoryError):
            client.set(names.TAG + "full", 1)
        with pytest.raises(LedgerUnavailable):
            overrides.request(wish(other), "tests", "adviser")
        approved = overrides.settle(wanted.id, "tests", Verdict.APPROVED, "second", "")
        assert approved == Happened.SETTLED
        ledger.erase([score_id])
    finally:
        client.config_set("maxmemory", 0)
    assert "override" not in ledger.read([other])[0]
    assert said(events)[-1] == (wanted.id, "in-force", "second")
