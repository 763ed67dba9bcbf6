"""What a loan-origination system can build on: keys, waits, cancellation, erasure, deadlines."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from protocol.application import EXAMPLE

BODY = {"application": EXAMPLE._asdict(), "reference": "LOS-1"}


def post(http, body=BODY, path="/v1/scores", **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.post(path, json=body, headers=names)


def test_the_same_key_and_body_is_the_same_score_before_during_and_after(http):
    first = post(http, Idempotency_Key="before")
    second = post(http, Idempotency_Key="before")
    score = http.wait(first.json()["id"])
    third = post(http, Idempotency_Key="before")
    assert first.json() == second.json() == third.json()
    assert [answer.status_code for answer in (first, second, third)] == [202] * 3
    assert [answer.headers.get("Idempotency-Replayed") for answer in (first, second, third)] == [
        None,
        "true",
        "true",
    ]
    waited = post(http, Idempotency_Key="before", Prefer="wait=5")
    assert (waited.status_code, waited.json()) == (200, score)


def test_the_order_of_a_bodys_members_makes_no_other_request(http):
    turned = {"reference": "LOS-1", "application": dict(reversed(EXAMPLE._asdict().items()))}
    one, other = (post(http, body, Idempotency_Key="turned") for body in (BODY, turned))
    assert one.json()["id"] == other.json()["id"]


def test_the_same_key_with_another_body_is_refused(http):
    post(http, Idempotency_Key="reused")
    refused = post(http, BODY | {"reference": "LOS-2"}, Idempotency_Key="reused")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")


def test_a_key_belongs_to_its_path(http):
    score = post(http, Idempotency_Key="path")
    batch = post(http, {"items": [BODY]}, "/v1/score-batches", Idempotency_Key="path")
    assert (score.status_code, batch.status_code) == (202, 202)
    assert "Idempotency-Replayed" not in batch.headers


def test_a_refused_body_uses_no_key_up(http):
    assert post(http, {}, Idempotency_Key="fresh").status_code == 422
    assert "Idempotency-Replayed" not in post(http, Idempotency_Key="fresh").headers


def test_fifty_at_once_with_one_key_are_one_score(http):
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: post(http, Idempotency_Key="race"), range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é".encode()])
def test_a_key_that_is_none_is_a_400(http, key):
    answer = http.post("/v1/scores", json=BODY, headers=[("Idempotency-Key", key)])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-header")


def test_a_submission_can_wait_for_its_answer(http):
    answer = post(http, Prefer="respond-async, wait=10")
    assert answer.status_code == 200
    assert answer.json()["status"] == "succeeded"
    assert answer.headers["Preference-Applied"] == "wait=10"
    assert answer.headers["Location"] == answer.json()["links"]["self"]


@pytest.mark.parametrize("prefer", ["wait", "wait=", "wait=x", "wait=-1", "await=5", "wait=0"])
def test_a_preference_that_is_not_understood_is_passed_over(http, prefer):
    answer = post(http, Prefer=prefer)
    assert answer.status_code == 202
    assert "Preference-Applied" not in answer.headers


def test_what_is_final_cannot_be_cancelled(http):
    score_id = http.submit(EXAMPLE)
    score = http.wait(score_id)
    refused = http.post(f"/v1/scores/{score_id}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "already-final")
    assert http.poll(score_id) == score


def test_what_is_erased_is_gone_and_never_was_for_another(http):
    score_id = http.submit(EXAMPLE)
    http.wait(score_id)
    assert http.delete(f"/v1/scores/{score_id}").status_code == 204
    for call in (http.get, http.delete):
        assert call(f"/v1/scores/{score_id}").json()["code"] == "gone"
    assert http.post(f"/v1/scores/{score_id}/cancel").status_code == 410


def test_a_deadline_that_is_none_is_a_422(http):
    for deadline in (0, -1, 604_801, 1.5, "5", True):
        answer = post(http, BODY | {"deadline_s": deadline})
        assert answer.json()["errors"][0]["pointer"] == "/deadline_s"


def test_a_batch_answers_in_input_order(http):
    items = [
        {"application": EXAMPLE._replace(fico_score=300 + n)._asdict(), "reference": f"R{n}"}
        for n in range(300)
    ]
    answer = post(http, {"items": items}, "/v1/score-batches", Prefer="wait=30")
    assert answer.status_code == 200
    batch = answer.json()
    assert batch["status"] == "succeeded"
    assert batch["counts"] == {
        "total": 300,
        "scored": 300,
        "invalid": 0,
        "failed": 0,
        "unprocessed": 0,
    }
    assert [item["index"] for item in batch["items"]] == list(range(300))
    assert [item["reference"] for item in batch["items"]] == [f"R{n}" for n in range(300)]
    pds = [item["result"]["pd"] for item in batch["items"]]
    assert pds == sorted(pds, reverse=True)
    assert http.poll(batch["items"][7]["id"])["result"] == batch["items"][7]["result"]


FAULTY = {"application": EXAMPLE._asdict() | {"fico_score": 0}, "reference": "bad"}


def test_an_invalid_item_refuses_its_batch_unless_it_may_be_skipped(http):
    items = [BODY, FAULTY, BODY, {"application": 5}]
    refused = post(http, {"items": items}, "/v1/score-batches")
    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json()["errors"]] == [
        "/items/1/application/fico_score",
        "/items/3/application",
    ]
    skipped = post(
        http, {"items": items, "on_invalid": "skip"}, "/v1/score-batches", Prefer="wait=30"
    ).json()
    assert [item["status"] for item in skipped["items"]] == [
        "succeeded",
        "invalid",
        "succeeded",
        "invalid",
    ]
    assert skipped["items"][1]["reference"] == "bad"
    fault = skipped["items"][1]["error"]["errors"][0]
    assert fault["pointer"] == "/items/1/application/fico_score"
    counts = skipped["counts"]
    assert counts == {"total": 4, "scored": 2, "invalid": 2, "failed": 0, "unprocessed": 0}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"items": []}, "/items"),
        ({"items": [BODY] * 1_001}, "/items"),
        ({"items": "x"}, "/items"),
        ({}, "/items"),
        ({"items": [BODY], "on_invalid": "ignore"}, "/on_invalid"),
        ({"items": [BODY], "extra": 1}, "/extra"),
        ({"items": [FAULTY], "on_invalid": "skip"}, "/items/0/application/fico_score"),
        ({"items": [None]}, "/items/0"),
        ({"items": [BODY | {"deadline_s": 5}]}, "/items/0/deadline_s"),
    ],
)
def test_a_batch_that_is_none_is_a_422(http, body, pointer):
    answer = post(http, body, "/v1/score-batches")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_batch_may_be_larger_than_a_score_but_not_than_two_megabytes(http):
    padded = {"metadata": {f"k{n}": "v" * 200 for n in range(16)}}
    assert post(http, {"items": [BODY | padded] * 100}, "/v1/score-batches").status_code == 202
    assert post(http, {"items": [BODY | padded] * 1_000}, "/v1/score-batches").status_code == 413


def test_a_batch_keeps_its_key(http):
    body = {"items": [BODY, BODY]}
    one, other = (post(http, body, "/v1/score-batches", Idempotency_Key="batch") for _ in range(2))
    assert one.json() == other.json()
    assert other.headers["Idempotency-Replayed"] == "true"


def test_an_erased_batch_takes_its_scores_along(http):
    answer = post(http, {"items": [BODY, BODY]}, "/v1/score-batches", Prefer="wait=30").json()
    path = answer["links"]["self"]
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 410
    assert {http.get(f"/v1/scores/{item['id']}").status_code for item in answer["items"]} == {410}


def test_an_item_that_is_erased_alone_leaves_its_batch_readable(http):
    answer = post(http, {"items": [BODY, BODY]}, "/v1/score-batches", Prefer="wait=30").json()
    http.delete(f"/v1/scores/{answer['items'][0]['id']}")
    left = http.get(answer["links"]["self"]).json()
    assert [item["status"] for item in left["items"]] == ["gone", "succeeded"]
    assert json.dumps(left["counts"]) == json.dumps(answer["counts"])
