"""Overrides by people: an adviser decides otherwise, another person settles it, all is kept."""

import re

import pytest

from protocol.application import EXAMPLE
from tests.policy import POLICY

LARGE = POLICY.overrides.second_person_above + 1
DECIDED = {
    "decision": "approve",
    "reason": "GUARANTOR",
    "note": "Her employer <b>stands</b> surety.",
}


@pytest.fixture
def declined(http):
    """Give the id of a declined score of the client that people belong to."""

    def declined(loan=EXAMPLE.loan_amt_outstanding):
        applicant = EXAMPLE._replace(credit_lines_outstanding=1_000, loan_amt_outstanding=loan)
        score_id = http.submit(applicant)
        assert http.wait(score_id)["result"]["decision"] == "decline"
        return score_id

    return declined


def override(visitor, score_id, **changed):
    return visitor.send_form(f"/scores/{score_id}/overrides", **DECIDED | changed)


def settle(visitor, override_id, verb, note="Surety seen."):
    return visitor.send_form(f"/overrides/{override_id}/{verb}", note=note)


def latest(http, score_id):
    return http.get(f"/v1/scores/{score_id}/overrides").json()["items"][-1]


def test_an_adviser_decides_otherwise_and_is_named(visit, http, declined, people):
    score_id, adviser = declined(), visit("adviser")
    assert 'action="/scores/' in adviser.get(f"/scores/{score_id}").text
    answer = override(adviser, score_id)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/scores/{score_id}")
    made = latest(http, score_id)
    assert (made["state"], made["actor"]) == ("in-force", people["adviser"].actor)
    assert (made["note"], made["reason"]["code"]) == (DECIDED["note"], "GUARANTOR")
    score = http.poll(score_id)
    assert (score["decision_in_force"], score["result"]["decision"]) == ("approve", "decline")
    page = adviser.get(f"/scores/{score_id}", headers={"Accept-Language": "fr"}).text
    assert "Caution ou co-emprunteur" in page
    assert "person:adviser-one" in page
    assert "&lt;b&gt;stands" in page
    again = override(adviser, score_id, decision="decline", reason="FRAUD_SUSPICION")
    assert again.status_code == 303
    states = [one["state"] for one in http.get(f"/v1/scores/{score_id}/overrides").json()["items"]]
    assert states == ["superseded", "in-force"]


def test_above_the_limit_another_person_settles_it(visit, http, declined, people):
    score_id, adviser, risk = declined(LARGE), visit("adviser"), visit("risk")
    assert override(adviser, score_id).status_code == 303
    made = latest(http, score_id)
    assert made["state"] == "awaiting-approval"
    assert http.poll(score_id)["decision_in_force"] == "decline"
    assert "It waits for a second person." in adviser.get(f"/scores/{score_id}").text
    assert f'href="/scores/{score_id}"' in risk.get("/overrides").text
    assert f"/overrides/{made['id']}/approve" in risk.get(f"/scores/{score_id}").text
    assert settle(risk, made["id"], "approve").headers["Location"] == f"/scores/{score_id}"
    made = latest(http, score_id)
    assert (made["state"], made["second_person"]["actor"]) == ("in-force", people["risk"].actor)
    assert http.poll(score_id)["decision_in_force"] == "approve"
    assert f'href="/scores/{score_id}"' not in risk.get("/overrides").text
    assert settle(risk, made["id"], "reject").status_code == 409  # it was settled


def test_nobody_is_their_own_second_person(visit, http, declined):
    score_id, risk = declined(LARGE), visit("risk")
    override(risk, score_id)
    made = latest(http, score_id)
    page = risk.get(f"/scores/{score_id}").text
    assert "another person must approve" in page
    assert f"/overrides/{made['id']}" not in page
    assert settle(risk, made["id"], "approve").status_code == 403
    assert latest(http, score_id)["state"] == "awaiting-approval"
    assert settle(visit("admin"), made["id"], "reject").status_code == 303
    assert latest(http, score_id)["state"] == "rejected"
    assert http.poll(score_id)["decision_in_force"] == "decline"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"note": " "}, "Say why, in 2000 characters at most."),
        ({"note": "x" * 2_001}, "Say why, in 2000 characters at most."),
        ({"reason": ""}, "Choose a reason"),
        ({"reason": "NO_SUCH"}, "Choose a reason"),
        ({"reason": "FRAUD_SUSPICION"}, "Choose a reason"),  # it gives no grounds to approve
        ({"decision": "review"}, "Choose a decision."),
    ],
)
def test_what_is_faulty_is_said_and_what_was_typed_is_kept(visit, http, declined, changed, said):
    score_id = declined()
    page = override(visit("adviser"), score_id, **changed)
    assert page.status_code == 422
    assert said in page.text
    if "note" not in changed:
        assert "&lt;b&gt;stands&lt;/b&gt; surety.</textarea>" in page.text
    assert http.get(f"/v1/scores/{score_id}/overrides").json()["items"] == []


def test_a_second_person_says_why(visit, http, declined):
    score_id, risk = declined(LARGE), visit("risk")
    override(visit("adviser"), score_id)
    page = settle(risk, latest(http, score_id)["id"], "approve", note="")
    assert page.status_code == 422
    assert 'id="second-fault"' in page.text
    assert latest(http, score_id)["state"] == "awaiting-approval"


def test_a_form_that_is_sent_twice_overrides_once(visit, http, declined):
    score_id, adviser = declined(), visit("adviser")
    once = re.search(r'name="once" value="([^"]+)"', adviser.get(f"/scores/{score_id}").text)[1]
    for _ in range(2):
        assert override(adviser, score_id, once=once).status_code == 303
    assert len(http.get(f"/v1/scores/{score_id}/overrides").json()["items"]) == 1
    assert override(adviser, score_id, once=once, note="Another.").status_code == 409


def test_who_may_not_is_refused_and_another_sessions_form_too(visit, http, declined, stranger):
    score_id, adviser = declined(LARGE), visit("adviser")
    override(adviser, score_id)
    waiting = latest(http, score_id)["id"]
    assert settle(adviser, waiting, "approve").status_code == 403
    assert adviser.get("/overrides").status_code == 403
    risk = visit("risk")
    assert settle(risk, waiting, "erase").status_code == 404
    assert settle(risk, "ov_1", "approve").status_code == 404
    assert override(risk, "sc_1").status_code == 404
    risk.csrf = adviser.csrf
    assert settle(risk, waiting, "approve").status_code == 403
    assert override(risk, score_id).status_code == 403
    assert visit().post(f"/scores/{score_id}/overrides", data=DECIDED).status_code == 303
    assert latest(http, score_id)["state"] == "awaiting-approval"
