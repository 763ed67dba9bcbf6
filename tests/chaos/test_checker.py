"""The checker catches what it is there to catch, in journals that were doctored."""

import json

import pytest

from chaos.checker import check, recovery_s
from chaos.journal import Call

PD = 0.25
ID, OTHER = "sc_1", "sc_2"


def answer(pd=PD, **more):
    return json.dumps({"result": {"pd": pd}, **more})


def submit(at, key="k", score_id=ID, status=202):
    return Call("submit", at, at + 0.1, key, "digest", status, score_id, False, "")


def read(at, text=None, score_id=ID, status=200, key="k"):
    return Call("read", at, at + 0.1, key, "", status, score_id, text is not None, text or "")


GOOD = [submit(0), read(1), read(2, answer()), read(3, answer())]


def violations(calls, expected=None):
    return check(calls, expected or {"k": [PD]}).violations


def test_a_job_that_is_answered_and_stays_so_is_no_violation():
    verdict = check(GOOD, {"k": [PD]})
    assert verdict.violations == {}
    counts = (verdict.submitted, verdict.accepted, verdict.answered, verdict.scored)
    assert counts == (1, 1, 1, 1)


def test_calls_without_an_answer_prove_nothing():
    silent = [submit(0, score_id=None, status=0), read(2.5, status=0), read(2.7, status=503)]
    assert violations([*silent, *GOOD]) == {}


@pytest.mark.parametrize("status", [404, 410])
def test_an_accepted_job_that_is_no_longer_known_is_lost(status):
    assert violations([submit(0), read(1), read(2, status=status)]) == {"lost": 1}


def test_a_job_that_was_absent_once_and_then_answered_is_not_lost():
    assert violations([submit(0), read(0.5, status=404), read(2, answer())]) == {}


def test_two_ids_for_one_key_are_a_duplicate():
    calls = [*GOOD, submit(4, score_id=OTHER), read(5, answer(), OTHER)]
    assert violations(calls) == {"duplicated": 1}


def test_one_id_for_two_keys_is_a_duplicate():
    expected = {"k": [PD], "l": [PD]}
    assert violations([*GOOD, submit(4, key="l")], expected) == {"duplicated": 1}


def test_the_same_id_twice_for_one_key_is_no_duplicate():
    assert violations([submit(0), *GOOD]) == {}


def test_another_final_answer_is_a_change():
    assert violations([*GOOD, read(5, answer(at=1))]) == {"changed": 1}


@pytest.mark.parametrize("status", [200, 404, 410])
def test_a_final_answer_that_is_taken_back_is_a_change(status):
    assert violations([*GOOD, read(5, status=status)]) == {"changed": 1}


def test_a_read_that_began_before_the_final_answer_was_seen_may_still_say_running():
    slow = Call("read", 1.9, 4, "k", "", 200, ID, False, "")
    assert violations([*GOOD, slow]) == {}


@pytest.mark.parametrize("pd", [PD + 2e-12, PD - 2e-12, 1.0, float("nan")])
def test_a_pd_that_is_not_the_offline_one_is_wrong(pd):
    assert violations([submit(0), read(1, answer(pd))]) == {"wrong": 1}


def test_a_pd_within_the_last_digits_is_right():
    assert violations([submit(0), read(1, answer(PD + 5e-13))]) == {}


def test_a_batch_that_swaps_two_answers_is_wrong():
    items = [{"result": {"pd": 0.2}}, {"result": {"pd": 0.1}}]
    calls = [submit(0), read(1, json.dumps({"items": items}))]
    assert violations(calls, {"k": [0.1, 0.2]}) == {"wrong": 1}


def test_a_batch_that_leaves_an_item_out_is_wrong():
    calls = [submit(0), read(1, json.dumps({"items": [{"result": {"pd": 0.1}}]}))]
    assert violations(calls, {"k": [0.1, 0.2]}) == {"wrong": 1}


def test_a_job_that_is_never_final_is_stuck():
    assert violations([submit(0), read(1), read(60)]) == {"stuck": 1}


def test_a_job_that_nobody_could_read_is_stuck():
    assert violations([submit(0), read(1, status=0)]) == {"stuck": 1}


def test_a_submission_that_is_never_accepted_is_refused():
    assert violations([submit(0, score_id=None, status=503)]) == {"refused": 1}


def test_a_failure_is_counted_and_is_no_wrong_score():
    verdict = check([submit(0), read(1, json.dumps({"result": None}))], {"k": [PD]})
    assert (verdict.failed, verdict.violations) == (1, {})


def test_recovery_is_the_first_answer_of_a_job_submitted_after_the_fault():
    later = [submit(10, "l", OTHER), read(12, answer(), OTHER, key="l")]
    assert recovery_s([*GOOD, *later], healed=9) == pytest.approx(3.1)


def test_there_is_no_recovery_without_such_an_answer():
    assert recovery_s([*GOOD, submit(10, "l", OTHER)], healed=9) is None
