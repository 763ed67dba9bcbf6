"""Dead letters: listed and inspected without applicant data, re-driven as new scores."""

import pytest

from protocol import names
from protocol.application import EXAMPLE
from protocol.ledger import connect
from tests.api.dead import give_up


@pytest.fixture
def dead(http, service):
    """The ids of three dead letters of the caller."""
    with connect(service.redis_url) as client:
        owner = client.hget(names.JOB + http.submit(EXAMPLE), "owner")
        yield give_up(service.redis_url, owner, 3)
        client.delete(names.DEAD)


def test_they_are_listed_page_by_page_without_applicant_data(http, dead):
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = http.get("/v1/dead-letters", params=query)
        assert "canary" not in page.text
        seen += [letter["id"] for letter in page.json()["items"]]
        cursor = page.json()["next"]
        if not cursor:
            break
    assert sorted(seen) == sorted(dead)
    assert str(EXAMPLE.income) not in page.text


def test_a_re_drive_is_a_new_score_and_the_old_one_stays_final(http, dead):
    before = http.poll(dead[0])
    assert (before["status"], before["error"]["code"]) == ("failed", "dead")
    answers = [http.post(f"/v1/dead-letters/{dead[0]}/redrive") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    (new_id,) = {answer.json()["id"] for answer in answers}
    again = http.wait(new_id)
    assert (again["status"], again["reference"]) == ("succeeded", "canary-4711")
    after = http.poll(dead[0])
    assert after["links"].pop("redriven_as") == f"/v1/scores/{new_id}"
    assert after == before
    assert http.get(f"/v1/dead-letters/{dead[0]}").json()["redriven_as"] == new_id
    assert dead[0] not in http.get("/v1/dead-letters").text


def test_what_is_no_dead_letter_is_a_404(http):
    score_id = http.submit(EXAMPLE)
    http.wait(score_id)
    for unknown in (score_id, names.new_score_id(), "x"):
        assert http.get(f"/v1/dead-letters/{unknown}").status_code == 404
        assert http.post(f"/v1/dead-letters/{unknown}/redrive").status_code == 404


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=1001", "limit=", "cursor=x", "cursor=1-sc_1"]
)
def test_a_query_that_cannot_be_is_a_400(http, query):
    answer = http.get(f"/v1/dead-letters?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-query")
