"""`/v1/challengers/current` gives the newest report, and says when there is none."""

import json

import pytest
from jsonschema import Draft202012Validator

from api.openapi import document
from protocol.keystore import KeyStore

CONTRACT = document()
PATH = "/v1/challengers/current"


@pytest.fixture
def ask(client, redis_url, make_app, tmp_path):
    def ask(*scopes):
        secret = KeyStore(client).create("acme-los", scopes).secret
        caller = make_app(redis_url, storage_dir=tmp_path).test_client()
        return caller.get(PATH, headers={"Authorization": f"Bearer {secret}"})

    return ask


def check(answer, code):
    written = CONTRACT["paths"][PATH]["get"]["responses"][str(answer.status_code)]
    schema = written["content"][answer.mimetype]["schema"]
    Draft202012Validator(schema | {"components": CONTRACT["components"]}).validate(answer.json)
    assert answer.json["code"] == code


def test_before_any_challenger_scored_there_is_none(ask):
    answer = ask("admin")
    assert answer.status_code == 404
    check(answer, "not-found")


def test_it_counts_all_clients_so_it_is_the_operators(ask):
    answer = ask("scores:read", "campaigns")
    assert answer.status_code == 403
    check(answer, "forbidden")


def test_the_report_is_given_as_it_was_written(ask, tmp_path):
    (tmp_path / "shade").mkdir()
    (tmp_path / "shade" / "report.json").write_text(json.dumps({"decisions": 3}))
    answer = ask("admin")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json == {"decisions": 3}


def test_a_report_that_cannot_be_read_is_a_problem(ask, tmp_path):
    (tmp_path / "shade" / "report.json").mkdir(parents=True)
    answer = ask("admin")
    assert answer.status_code == 503
    check(answer, "unavailable")
