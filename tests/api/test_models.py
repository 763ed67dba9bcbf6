"""`/v1/models/current` tells of the model that serves, from what is kept of it."""

import base64
import hashlib
import json
import re
import shutil

import pytest
from jsonschema import Draft202012Validator

from api.openapi import document
from protocol.application import EXAMPLE
from protocol.artefact import read_manifest
from protocol.kept import Kept
from protocol.key import SCOPES
from protocol.keystore import KeyStore
from protocol.ledger import Ledger
from protocol.promotions import Gate, Model, Promotion, Promotions
from protocol.settings import Settings

CONTRACT = document()
PATH = "/v1/models/current"


@pytest.fixture
def ask(client, redis_url, make_app, tmp_path):
    secret = KeyStore(client).create("acme-los", SCOPES).secret
    caller = make_app(redis_url, storage_dir=tmp_path).test_client()
    return lambda path=PATH: caller.get(path, headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def serve(client, redis_url, tmp_path):
    """Have workers say that they serve a model, which is kept first."""
    ledger = Ledger(client, Settings(redis_url=redis_url))

    def serve(folder, workers=1):
        digest = read_manifest(folder).digest
        Kept(tmp_path).keep_model(folder, digest)
        for process in range(workers):
            ledger.sweep(json.dumps({"process": f"{digest}-{process}", "digest": digest}), "{}")

    return serve


@pytest.fixture
def promote(tmp_path):
    promotions = Promotions(tmp_path)

    def promote(folder, **more):
        manifest = read_manifest(folder)
        Kept(tmp_path).keep_model(folder, manifest.digest)
        model = Model.of(manifest)
        given = {"action": "promote", "at": "2026-11-25T10:00:00.000Z", "by": "anna"} | more
        promotions.add(Promotion(number=promotions.last() + 1, model=model, **given))

    return promote


def check(answer, path=PATH):
    written = CONTRACT["paths"][path]["get"]["responses"][str(answer.status_code)]
    schema = written["content"][answer.mimetype]["schema"]
    Draft202012Validator(schema | {"components": CONTRACT["components"]}).validate(answer.json)


def test_what_serves_is_told_with_how_it_was_measured(ask, serve, artefact):
    serve(artefact, workers=2)
    answer = ask()
    check(answer)
    manifest = read_manifest(artefact)
    assert answer.json["digest"] == manifest.digest
    assert answer.json["serving"] == [{"digest": manifest.digest, "workers": 2}]
    assert answer.json["promotions"] == []
    assert answer.json["metrics"] == manifest.metrics
    assert answer.json["training"]["data_sha256"] == manifest.training.data_sha256
    assert list(answer.json["coefficients"].values()) == manifest.fold.coefficients


def test_the_champion_is_current_as_soon_as_a_worker_serves_it(
    ask, serve, promote, artefact, rival
):
    serve(artefact, workers=2)
    gate = Gate(name="signs", passed=False, found="the wrong way: income")
    promote(rival, note="spring book", gates=[gate], forced=True)
    assert ask().json["digest"] == read_manifest(artefact).digest
    serve(rival)
    answer = ask()
    check(answer)
    assert answer.json["digest"] == read_manifest(rival).digest
    assert {one["workers"] for one in answer.json["serving"]} == {1, 2}
    (promotion,) = answer.json["promotions"]
    assert (promotion["by"], promotion["note"], promotion["forced"]) == (
        "anna",
        "spring book",
        True,
    )
    assert promotion["gates"] == [gate.model_dump()]


def test_without_a_worker_the_champion_is_told(ask, promote, rival):
    promote(rival)
    assert ask().json["digest"] == read_manifest(rival).digest


@pytest.mark.parametrize("path", [PATH, f"{PATH}/card"])
def test_nothing_that_serves_and_a_lost_folder_are_problems(ask, serve, artefact, tmp_path, path):
    nothing = ask(path)
    check(nothing, path)
    assert (nothing.status_code, nothing.json["code"]) == (503, "unavailable")
    serve(artefact)
    shutil.rmtree(tmp_path / "models")
    lost = ask(path)
    check(lost, path)
    assert (lost.status_code, lost.json["code"]) == (503, "unavailable")


def test_the_schema_is_what_an_application_is_held_to(ask):
    schema = ask(f"{PATH}/schema").json
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert validator.is_valid(EXAMPLE._asdict())
    assert not validator.is_valid(EXAMPLE._asdict() | {"fico_score": 900})
    assert not validator.is_valid(EXAMPLE._asdict() | {"customer_id": 1})


def test_the_card_is_a_page_with_its_promotions_that_asks_nobody_for_anything(
    ask, serve, promote, artefact
):
    serve(artefact)
    note = "<script>alert(1)</script>"
    promote(artefact, note=note, gates=[Gate(name="signs", passed=False, found="-")], forced=True)
    answer = ask(f"{PATH}/card")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "promote, although it did not pass signs; " in answer.text
    assert "anna" in answer.text
    assert note not in answer.text
    assert read_manifest(artefact).digest in answer.text
    (style,) = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"(src|href)=\"(?!data:)", answer.text)


def test_a_model_without_a_card_says_so(ask, serve, rival):
    serve(rival)  # exported without one
    answer = ask(f"{PATH}/card")
    check(answer, f"{PATH}/card")
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")
