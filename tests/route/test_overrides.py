"""Overrides the whole way: decided over HTTP by persons, kept in the archive, counted by reason."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from protocol import names
from protocol.application import EXAMPLE
from protocol.keystore import KeyStore
from protocol.ledger import Job, Ledger, connect
from records import search
from records.chain import verify
from records.folder import Folder
from tests.client import Client
from tests.conftest import free_port, make_service, working
from tests.policy import POLICY

READ, WRITE, OVERRIDE, APPROVE = (
    "scores:read",
    "scores:write",
    "overrides:write",
    "overrides:approve",
)
DECLINED = EXAMPLE._replace(credit_lines_outstanding=1_000)
APPROVED = EXAMPLE._replace(credit_lines_outstanding=0, fico_score=800)
LARGE = DECLINED._replace(loan_amt_outstanding=POLICY.overrides.second_person_above + 0.01)
NOTE = "canary-4711 knows the director"


@pytest.fixture(scope="module")
def bank(folder, artefact):
    """A service that archives quickly and serves metrics."""
    port = free_port()
    with working(make_service(folder / "bank", artefact, archive_s=0.1, metrics_port=port)) as bank:
        yield bank


@pytest.fixture(scope="module")
def people(bank):
    """An adviser, and three who may be the second person; one of these asks for overrides too."""
    scopes = {
        "adviser": [READ, WRITE, OVERRIDE],
        "second": [READ, APPROVE],
        "third": [READ, APPROVE],
        "both": [READ, OVERRIDE, APPROVE],
    }
    with connect(bank.redis_url) as operator:
        made = {who: KeyStore(operator).create("bank", of) for who, of in scopes.items()}
    callers = {who: Client(bank.url, one.secret) for who, one in made.items()}
    for who, caller in callers.items():
        caller.id = made[who].key.id
        until(lambda caller=caller: caller.get("/v1/overrides").status_code == 200)
    yield callers
    for caller in callers.values():
        caller.close()


@pytest.fixture
def adviser(people):
    return people["adviser"]


@pytest.fixture
def second(people):
    return people["second"]


def until(condition):
    ends = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.05)


def scored(http, application=DECLINED, **more) -> str:
    score_id = http.submit(application, **more)
    assert http.wait(score_id)["status"] == "succeeded"
    return score_id


def ask(http, score_id, decision="approve", reason="GUARANTOR", **headers):
    body = {"decision": decision, "reason": reason, "note": NOTE}
    return http.post(f"/v1/scores/{score_id}/overrides", json=body, headers=headers)


def say(http, override_id, verb, note="Surety seen."):
    return http.post(f"/v1/overrides/{override_id}/{verb}", json={"note": note})


def problem(answer):
    return answer.status_code, answer.json()["code"]


def test_an_override_is_in_force_beside_the_untouched_score(adviser):
    score_id = scored(adviser)
    before = adviser.poll(score_id)
    assert (before["decision_in_force"], before["override"]) == ("decline", None)
    answer = ask(adviser, score_id)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["Location"] == made["links"]["self"] == f"/v1/overrides/{made['id']}"
    assert (made["state"], made["decision"], made["before"]) == ("in-force", "approve", "decline")
    assert (made["scored"], made["direction"], made["note"]) == ("decline", "low-side", NOTE)
    reason = next(one for one in POLICY.overrides.reasons if one.code == "GUARANTOR")
    assert made["reason"] == {"code": "GUARANTOR", "text": {"en": reason.en, "fr": reason.fr}}
    assert made["actor"] == adviser.id
    assert made["second_person"] is None
    assert made["policy"] == {
        "version": POLICY.version,
        "digest": POLICY.digest,
        "second_person_above": 50_000,
    }
    assert made["in_force_at"] == made["created_at"]
    after = adviser.poll(score_id)
    assert (after["decision_in_force"], after["override"]) == ("approve", made)
    untouched = set(before) - {"decision_in_force", "override"}
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}
    assert after["result"]["decision"] == "decline"
    assert adviser.get(made["links"]["self"]).json() == made


def test_above_the_exposure_a_second_person_must_approve(adviser, second, people):
    score_id = scored(adviser, LARGE)
    answer = ask(adviser, score_id)
    assert (answer.status_code, answer.json()["state"]) == (201, "awaiting-approval")
    override_id = answer.json()["id"]
    score = adviser.poll(score_id)
    assert (score["decision_in_force"], score["override"]["id"]) == ("decline", override_id)
    listed = second.get("/v1/overrides?state=awaiting-approval").json()["items"]
    assert [one for one in listed if one["id"] == override_id] == [answer.json()]
    assert problem(say(adviser, override_id, "approve")) == (403, "forbidden")
    assert problem(ask(adviser, score_id)) == (409, "state-conflict")
    approved = say(second, override_id, "approve")
    assert approved.status_code == 200, approved.text
    told = approved.json()["second_person"]
    assert (approved.json()["state"], told["verdict"]) == ("in-force", "approved")
    assert (told["actor"], told["note"]) == (second.id, "Surety seen.")
    assert adviser.poll(score_id)["decision_in_force"] == "approve"
    assert say(second, override_id, "approve").json() == approved.json()
    assert problem(say(people["third"], override_id, "approve")) == (409, "state-conflict")
    assert problem(say(second, override_id, "reject")) == (409, "state-conflict")
    waiting = second.get("/v1/overrides").json()["items"]
    assert override_id not in {one["id"] for one in waiting}


def test_at_the_exposure_one_person_is_enough(adviser):
    exactly = LARGE._replace(loan_amt_outstanding=POLICY.overrides.second_person_above)
    assert ask(adviser, scored(adviser, exactly)).json()["state"] == "in-force"


def test_who_asked_is_never_the_second_person(adviser, people):
    both = people["both"]
    score_id = scored(adviser, LARGE)
    override_id = ask(both, score_id).json()["id"]
    for verb in ("approve", "reject"):
        assert problem(say(both, override_id, verb)) == (403, "second-person-required")
    assert both.get(f"/v1/overrides/{override_id}").json()["state"] == "awaiting-approval"
    assert say(people["third"], override_id, "reject").json()["state"] == "rejected"
    score = adviser.poll(score_id)
    assert (score["decision_in_force"], score["override"]) == ("decline", None)


def test_of_two_second_persons_at_once_one_is_heard(adviser, people):
    override_id = ask(adviser, scored(adviser, LARGE)).json()["id"]
    with ThreadPoolExecutor(2) as crowd:
        answers = [
            crowd.submit(say, people[who], override_id, verb)
            for who, verb in (("second", "approve"), ("third", "reject"))
        ]
    statuses = [answer.result().status_code for answer in answers]
    assert sorted(statuses) == [200, 409]
    state = adviser.get(f"/v1/overrides/{override_id}").json()["state"]
    assert state == ("in-force", "rejected")[statuses.index(200)]


def test_a_repeat_is_safe_with_a_key_and_without(adviser):
    score_id, other = scored(adviser), scored(adviser, LARGE)
    for one in (score_id, other):
        first = ask(adviser, one, **{"Idempotency-Key": "once"})
        again = ask(adviser, one, **{"Idempotency-Key": "once"})
        assert (first.status_code, again.status_code) == (201, 201)
        assert "Idempotency-Replayed" not in first.headers
        assert again.headers["Idempotency-Replayed"] == "true"
        assert first.json() == again.json()
        reused = ask(adviser, one, reason="COLLATERAL", **{"Idempotency-Key": "once"})
        assert problem(reused) == (422, "idempotency-key-reused")
        assert problem(ask(adviser, one)) == (409, "state-conflict")
        assert len(adviser.get(f"/v1/scores/{one}/overrides").json()["items"]) == 1


def test_a_later_override_supersedes_and_the_history_stays(adviser):
    score_id = scored(adviser, APPROVED)
    first = ask(adviser, score_id, "decline", "FRAUD_SUSPICION").json()
    back = ask(adviser, score_id, "approve", "POLICY_EXCEPTION").json()
    assert (first["direction"], back["direction"]) == ("high-side", "restored")
    items = adviser.get(f"/v1/scores/{score_id}/overrides").json()["items"]
    superseded = first | {"state": "superseded", "superseded_by": back["id"]}
    assert items == [superseded, back]
    assert adviser.poll(score_id)["override"] == back


def test_what_did_not_succeed_has_no_decision_to_override(adviser, bank):
    score_id = names.new_score_id()
    with connect(bank.redis_url) as client:
        Ledger(client, bank.settings).accept([Job(score_id, (*EXAMPLE[:-1], "six"))], "bank")
    assert adviser.wait(score_id)["status"] == "failed"
    assert problem(ask(adviser, score_id)) == (409, "state-conflict")


def test_anothers_score_and_override_are_404s(adviser, second, bank):
    score_id = scored(adviser, LARGE)
    override_id = ask(adviser, score_id).json()["id"]
    with connect(bank.redis_url) as operator:
        secret = KeyStore(operator).create("stranger", [READ, OVERRIDE, APPROVE]).secret
    with Client(bank.url, secret) as stranger:
        until(lambda: stranger.get("/v1/overrides").status_code == 200)
        assert stranger.get("/v1/overrides").json() == {"items": [], "next": None}
        assert problem(ask(stranger, score_id)) == (404, "not-found")
        assert problem(say(stranger, override_id, "approve")) == (404, "not-found")
        for path in (f"/v1/overrides/{override_id}", f"/v1/scores/{score_id}/overrides"):
            assert problem(stranger.get(path)) == (404, "not-found")


def test_an_erased_score_takes_its_overrides_along(adviser, second):
    score_id = scored(adviser, LARGE)
    override_id = ask(adviser, score_id).json()["id"]
    adviser.delete(f"/v1/scores/{score_id}")
    assert problem(say(second, override_id, "approve")) == (410, "gone")
    assert problem(second.get(f"/v1/overrides/{override_id}")) == (410, "gone")
    assert problem(second.get(f"/v1/scores/{score_id}/overrides")) == (410, "gone")
    assert problem(ask(adviser, score_id)) == (410, "gone")


def test_what_waits_is_listed_page_by_page(adviser, second):
    made = {ask(adviser, scored(adviser, LARGE)).json()["id"] for _ in range(3)}
    found, after = [], {}
    while True:
        page = second.get("/v1/overrides", params={"limit": 2, **after}).json()
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = {"cursor": page["next"]}
    assert made <= set(found)
    assert len(found) == len(set(found))


def test_the_reasons_that_can_be_given_are_those_of_the_policy(adviser):
    answer = adviser.get("/v1/override-reasons").json()
    assert answer["policy"]["digest"] == POLICY.digest
    shown = {one["code"]: (one["decision"], one["text"]["fr"]) for one in answer["items"]}
    assert shown == {one.code: (one.decision, one.fr) for one in POLICY.overrides.reasons}


def test_a_batchs_item_is_overridden_like_any_score(adviser):
    items = [{"application": DECLINED._asdict()}] * 2
    batch = adviser.post("/v1/score-batches", json={"items": items}).json()
    path = f"/v1/score-batches/{batch['id']}"
    until(lambda: adviser.get(path).json()["status"] == "succeeded")
    first, _ = adviser.get(path).json()["items"]
    assert ask(adviser, first["id"]).status_code == 201
    assert adviser.poll(first["id"])["decision_in_force"] == "approve"
    assert adviser.get(path).json()["items"][0] == first


def test_each_event_is_archived_counted_and_in_no_log(adviser, second, bank):
    def counted():
        settings = bank.settings
        text = httpx.get(f"http://{settings.host}:{settings.metrics_port}/metrics").text
        return {
            tuple(sample.labels[name] for name in ("state", "direction", "reason")): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "loanscore_overrides_total"
        }

    before = counted()
    score_id = scored(adviser, LARGE, reference="canary-4711")
    made = ask(adviser, score_id, reason="COLLATERAL").json()
    say(second, made["id"], "approve", NOTE)
    back = ask(adviser, score_id, "decline", "DATA_CORRECTED").json()
    say(second, back["id"], "reject", NOTE)
    after = counted()
    more = {kind: after[kind] - before.get(kind, 0) for kind in after}
    assert {kind: number for kind, number in more.items() if number} == {
        ("awaiting-approval", "low-side", "COLLATERAL"): 1,
        ("in-force", "low-side", "COLLATERAL"): 1,
        ("awaiting-approval", "restored", "DATA_CORRECTED"): 1,
        ("rejected", "restored", "DATA_CORRECTED"): 1,
    }

    store = Folder(bank.settings.records_folder)
    until(lambda: len(list(search.find(store, search.Question(id=score_id)))) == 5)
    score, *events = search.find(store, search.Question(id=score_id))
    assert [(one["state"], one["actor"]) for one in events] == [
        ("awaiting-approval", adviser.id),
        ("in-force", second.id),
        ("awaiting-approval", adviser.id),
        ("rejected", second.id),
    ]
    told = events[1]["override"]
    assert (told["id"], told["scored"], told["requested_by"]) == (made["id"], "decline", adviser.id)
    assert (told["reason"], told["scored_at"]) == ("COLLATERAL", score["finished_at"])
    assert events[1]["policy"] == made["policy"]
    assert events[1]["model"] == score["model"]
    personal = {"reference": "canary-4711", "note": NOTE}
    assert events[3]["personal"] == personal | {"exposure": LARGE.loan_amt_outstanding}
    assert verify(store).records >= 5
    logs = "".join(path.read_text() for path in bank.logs.iterdir())
    assert "canary-4711" not in logs
