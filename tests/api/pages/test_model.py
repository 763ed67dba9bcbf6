"""The model's page: what the API tells of the model, as people read it."""

import math
import re
import shutil
from xml.etree import ElementTree as ET

import pytest

from api.pages.sessions import Sessions
from protocol.artefact import read_manifest
from protocol.figures import read_figures
from protocol.kept import Kept
from protocol.people import People
from protocol.promotions import Model, Promotion, Promotions
from protocol.settings import Settings

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def alone(client, redis_url, make_app, tmp_path):
    """The pages of an API of one's own, where a model was promoted; gives a reader of pages."""

    def alone(artefact, **settings):
        manifest = read_manifest(artefact)
        Kept(tmp_path).keep_model(artefact, manifest.digest)
        given = {"action": "promote", "at": "2026-11-25T10:00:00.000Z", "by": "anna"}
        Promotions(tmp_path).add(Promotion(number=1, model=Model.of(manifest), **given))
        app = make_app(redis_url, storage_dir=tmp_path, **settings)
        anna = People(client).create("anna", "local", "adviser", "scrypt:none")
        token = Sessions(client, Settings(redis_url=redis_url)).open(anna).token
        http = app.test_client()
        http.set_cookie("session", token)
        return http

    return alone


def test_the_scorecard_is_that_of_the_model_that_serves(visit, http):
    told = http.get("/v1/models/current").json()
    page = visit("adviser").get("/model")
    assert page.status_code == 200
    assert f'<h2 id="which">{told["name"]} {told["version"]}</h2>' in page.text
    rows = re.findall(
        r'<th scope="row">([^<]*)</th><td class="figure">([^<]*)</td><td class="figure">([^<]*)<',
        page.text,
    )
    assert [name for name, *_ in rows][1:3] == ["Loan to income", "Debt to income"]
    for (_, beta, points), exact in zip(rows, told["coefficients"].values(), strict=False):
        assert math.isclose(float(beta.replace(",", "")), exact, abs_tol=1e-6)
        assert math.isclose(float(points.replace(",", "")), -exact * 20 / math.log(2), abs_tol=1e-4)
    assert f"{told['metrics']['roc_auc']:.4f}" in page.text


def test_the_card_is_for_who_is_signed_in_and_says_what_the_api_says(visit, http):
    assert visit().get("/model/card").status_code == 303
    card = visit("adviser").get("/model/card")
    assert card.text == http.get("/v1/models/current/card").text
    assert "default-src 'none'" in card.headers["Content-Security-Policy"]


def test_the_three_models_and_the_numbers_of_both_pictures_are_set_out(visit, artefact):
    figures = read_figures(artefact, read_manifest(artefact).digest)
    page = visit("adviser").get("/model", headers={"Accept-Language": "fr"})
    assert "<strong>Régression logistique</strong>" in page.text
    for measures in figures.models.values():
        for value in measures.values():
            assert f"{value:.4f}".replace(".", ",") in page.text
    assert page.text.count('<th scope="row" class="figure">') == len(figures.calibration) + len(
        figures.roc
    )


@pytest.mark.parametrize(
    ("name", "language", "title"),
    [
        ("calibration", "en", "Calibration"),
        ("calibration", "fr", "Calibrage"),
        ("roc", "en", "ROC"),
        ("roc", "fr", "ROC"),
    ],
)
def test_a_picture_speaks_the_readers_language(visit, name, language, title):
    answer = visit("adviser").get(f"/model/{name}.svg", headers={"Accept-Language": language})
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (
        200,
        "image/svg+xml",
    )
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    root = ET.fromstring(answer.text)  # noqa: S314 - it is our own
    assert root.get("lang") == language
    assert root.find(f".//{SVG}title").text == title
    marks = [text.text for text in root.iter(f"{SVG}text")]
    assert ("25%" if language == "en" else "25\N{NO-BREAK SPACE}%") in marks


def test_a_picture_is_for_who_is_signed_in_and_there_are_but_two(visit):
    assert visit().get("/model/roc.svg").status_code == 303
    assert visit("adviser").get("/model/lift.svg").status_code == 404


def test_mlflow_is_named_where_the_settings_name_it(visit, alone, artefact):
    assert "MLflow" not in visit("adviser").get("/model").text
    page = alone(artefact, mlflow_url="https://mlflow.example/ml/").get("/model")
    run = read_manifest(artefact).training.mlflow_run_id
    link = re.search(r'<a href="(https://mlflow[^"]*)" rel="([^"]*)"', page.text)
    assert link[1] == f"https://mlflow.example/ml/#/runs/{run}"
    assert "noopener" in link[2]
    assert "mlflow" not in page.headers["Content-Security-Policy"]


def test_a_model_without_figures_has_a_page_without_pictures(alone, artefact, tmp_path):
    bare = shutil.copytree(artefact, tmp_path / "bare", ignore=lambda *_: ["figures.json"])
    http = alone(bare)
    page = http.get("/model")
    assert page.status_code == 200
    assert "exported without these figures" in page.text
    assert "<img" not in page.text
    assert http.get("/model/roc.svg").status_code == 404


def test_figures_of_another_model_are_not_shown(alone, artefact, tmp_path):
    http, digest = alone(artefact), read_manifest(artefact).digest
    figures = Kept(tmp_path).model(digest) / "figures.json"
    figures.write_text(figures.read_text().replace(digest, "sha256:" + "0" * 64))
    assert http.get("/model").status_code == 503
