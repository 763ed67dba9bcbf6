"""A bank with fields of its own: one file says which, and every part of the service knows them.

Seven fields in another order, one of them a share, and amounts divided by another income.
"""

import csv
import io
import json
import math
import subprocess
import sys

import duckdb
import httpx
import numpy as np
import pytest

from api.pages.sessions import Sessions
from local import key
from protocol.ledger import connect
from protocol.people import People
from records import search
from records.chain import verify
from records.folder import Folder
from tests.conftest import ROOT, caller, environment, make_service, started, working
from training.generator import look_alike

USED = "card_utilisation"
FIELD = {
    "name": USED,
    "kind": "number",
    "low": 0,
    "high": 2,
    "unit": "share",
    "description": "what is used of the limits of all cards",
    "risk": "rises",
    "step": 0.1,
    "example": 0.9,
    "en": {"label": "Card utilisation", "hint": "Balance over limit.", "unit": "of the limits"},
    "fr": {"label": "Utilisation des cartes", "hint": "Solde sur plafond.", "unit": "des plafonds"},
}
TEXT = {"en": "Cards used up to their limits", "fr": "Cartes utilisées jusqu'à leur plafond"}
#: In review or worse, for what is used of the cards.
APPLICANT = {
    USED: 0.95,
    "fico_score": 640,
    "credit_lines_outstanding": 2,
    "loan_amt_outstanding": 41_000.5,
    "total_debt_outstanding": 11_000,
    "monthly_income": 4_900,
    "years_employed": 3,
}
#: As the schema has them.
ORDER = list(APPLICANT)


def written(folder):
    """Write the schema and the policy that this bank has."""
    schema = json.loads((ROOT / "schema.json").read_text())
    fields = {field["name"]: field for field in schema["fields"]}
    fields["income"] |= {"name": "monthly_income", "unit": "currency per month"}
    lines, loan, debt, income, years, fico = fields.values()
    schema["fields"] = [FIELD, fico, lines, loan, debt, income, years]
    schema["ratios"] |= {"divisor": "monthly_income", "at_least": 50}
    policy = json.loads((ROOT / "policy.json").read_text())
    for entry in (*policy["reasons"], *policy["changeable"]):
        if entry["field"] == "income":
            entry["field"] = "monthly_income"
    policy["reasons"].append({"code": "CARDS", "field": USED, **TEXT})
    policy["changeable"].append({"field": USED, "may": "fall", "low": 0, "high": 2, "step": 0.05})
    for name, content in (("schema", schema), ("policy", policy)):
        (folder / f"{name}.json").write_text(json.dumps(content))
    return {"schema_file": folder / "schema.json", "policy_file": folder / "policy.json"}


def loans(path):
    """Loans of which the cards tell more than the credit lines do."""
    frame = look_alike(4_000, seed=11).rename(columns={"income": "monthly_income"})
    frame["monthly_income"] = (frame["monthly_income"] / 12).round(2)
    draw = np.random.default_rng(11)
    frame[USED] = draw.beta(2, 3, len(frame)).round(3) * 1.4
    frame["fico_score"] = frame["fico_score"].clip(upper=849)
    logit = 7 * (frame[USED] - 1) + 1.1 * frame["credit_lines_outstanding"]
    logit += 0.25 * (frame["total_debt_outstanding"] / frame["monthly_income"] - 1)
    logit -= 0.01 * (frame["fico_score"] - 640) + 0.4 * (frame["years_employed"] - 4)
    frame["default"] = (draw.logistic(size=len(frame)) < logit).astype(int)
    frame.to_csv(path, index=False)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return written(tmp_path_factory.mktemp("bank"))


@pytest.fixture(scope="module")
def model(files, tmp_path_factory):
    """What `make train` exports of this bank's loans."""
    folder = tmp_path_factory.mktemp("trained")
    loans(folder / "loans.csv")
    variables = environment(state_dir=folder, **files) | {"LOAN_DATA": str(folder / "loans.csv")}
    subprocess.run(
        [sys.executable, "-m", "training", "--quick"], cwd=ROOT, env=variables, check=True
    )
    return folder / "model"


@pytest.fixture(scope="module")
def manifest(model):
    return json.loads((model / "manifest.json").read_text())


@pytest.fixture(scope="module")
def bank(folder, files, model):
    with working(
        make_service(folder / "seven", model, archive_s=0.1, monitor_s=0.5, **files)
    ) as running:
        (running.settings.state_dir / "venv").symlink_to((ROOT / "var" / "venv").resolve())
        yield running


@pytest.fixture
def http(bank):
    with caller(bank) as client:
        yield client


def scored(http, **other):
    accepted = http.post("/v1/scores", json={"application": APPLICANT | other})
    assert accepted.status_code == 202, accepted.text
    return http.wait(accepted.json()["id"])


def by_hand(manifest, application):
    """Compute the pd from the manifest's coefficients."""
    income = max(application["monthly_income"], 50)
    columns = application | {
        "lti": application["loan_amt_outstanding"] / income,
        "dti": application["total_debt_outstanding"] / income,
    }
    fold = manifest["fold"]
    pairs = zip(fold["columns"], fold["coefficients"], strict=True)
    logit = fold["intercept"] + sum(columns[name] * weight for name, weight in pairs)
    return 1 / (1 + math.exp(-logit))


def test_the_model_is_of_these_fields(manifest):
    assert [field["name"] for field in manifest["fields"]] == ORDER
    columns = manifest["fold"]["columns"]
    assert columns[0] == USED
    assert columns[3:5] == ["lti", "dti"]
    assert all(len(golden["row"]) == 7 for golden in manifest["golden"])


def test_a_score_is_what_the_coefficients_give_and_explains_itself(http, manifest):
    result = scored(http)["result"]
    assert result["pd"] == pytest.approx(by_hand(manifest, APPLICANT), abs=1e-12)
    assert result["expected_loss"] == pytest.approx(result["pd"] * 0.9 * 41_000.5)
    (cards,) = [reason for reason in result["reasons"] if reason["code"] == "CARDS"]
    assert (cards["field"], cards["text"]) == (USED, TEXT)
    poor = scored(http, monthly_income=0)["result"]
    assert poor["pd"] == pytest.approx(by_hand(manifest, APPLICANT | {"monthly_income": 0}))


def test_an_application_of_other_fields_is_refused_by_name(http):
    body = {"application": {name: value for name, value in APPLICANT.items() if name != USED}}
    body["application"]["income"] = 61_500
    refused = http.post("/v1/scores", json=body)
    faults = {fault["pointer"]: fault["code"] for fault in refused.json()["errors"]}
    assert (refused.status_code, faults) == (
        422,
        {"/application/card_utilisation": "missing", "/application/income": "extra-forbidden"},
    )
    schema = http.get("/v1/models/current/schema").json()
    assert list(schema["properties"]) == ORDER


def test_what_would_change_the_answer_is_checked_by_scoring_it(http):
    score = scored(http)
    assert score["result"]["decision"] != "approve"
    answer = http.get(f"/v1/scores/{score['id']}/what-if").json()
    changes = answer["joint"]["changes"]
    assert changes
    after = scored(http, **{change["field"]: change["to"] for change in changes})
    assert after["result"]["decision"] == "approve"
    for change in answer["changes"]:
        alone = scored(http, **{change["field"]: change["to"]})["result"]
        assert alone["decision"] == "approve"


@pytest.mark.parametrize(("over", "state"), [(0, "in-force"), (0.01, "awaiting-approval")])
def test_a_second_person_is_asked_by_this_banks_exposure(http, over, state):
    overrides = json.loads((ROOT / "policy.json").read_text())["overrides"]
    score = scored(http, loan_amt_outstanding=overrides["second_person_above"] + over)
    code = next(one["code"] for one in overrides["reasons"] if one["decision"] != "decline")
    asked = {"decision": "approve", "reason": code, "note": "seen"}
    requested = http.post(f"/v1/scores/{score['id']}/overrides", json=asked)
    assert (requested.is_success, requested.json()["state"]) == (True, state)


def test_a_decision_is_recorded_by_name_and_decided_again(http, bank):
    score = scored(http)
    again = http.post(f"/v1/scores/{score['id']}/replay", json={})
    assert (again.status_code, again.json()["verdict"]) == (200, "identical")
    archive = Folder(bank.settings.records_folder)
    found = []
    while not found:
        found = list(search.find(archive, search.Question(id=score["id"])))
    assert found[0]["personal"]["application"] == APPLICANT
    assert verify(archive).records >= 1


def test_each_field_is_monitored(http):
    scored(http)
    assert http.post("/v1/scores", json={"application": {}}).status_code == 422
    report = {"models": []}
    while not report["models"] or not report["refused"]["fields"][USED]["missing"]["count"]:
        report = {"models": []} | http.get("/v1/monitoring").json()  # a problem at first
    assert list(report["models"][0]["fields"]) == list(report["refused"]["fields"]) == ORDER
    picture = http.get("/v1/monitoring.svg")
    assert (picture.status_code, USED in picture.text) == (200, True)


def test_a_portfolio_is_scored_as_single_applications_are(http, bank, tmp_path):
    draw = np.random.default_rng(3)
    rows = [
        APPLICANT
        | {
            USED: round(float(draw.uniform(0, 1.4)), 3),
            "fico_score": int(draw.integers(300, 851)),
            "credit_lines_outstanding": int(draw.integers(0, 6)),
            "monthly_income": round(float(draw.uniform(0, 9_000)), 2),
        }
        for _ in range(200)
    ]
    shuffled = sorted(APPLICANT)
    text = io.StringIO()
    table = csv.DictWriter(text, shuffled, lineterminator="\n")
    table.writeheader()
    table.writerows([*rows, rows[0] | {USED: 3}])
    (tmp_path / "book.csv").write_text(text.getvalue())
    done = subprocess.run(
        [ROOT / "loanscore", "campaign", "run", tmp_path / "book.csv", "--to", tmp_path / "out"],
        env=environment(state_dir=bank.settings.state_dir, url=bank.url),
        capture_output=True,
        text=True,
        check=False,
    )
    (results,) = (tmp_path / "out").rglob("results.csv")
    (errors,) = (tmp_path / "out").rglob("errors.csv")
    answers = list(csv.DictReader(results.read_text().splitlines()))
    assert len(answers) == 200, done.stderr
    assert USED in errors.read_text()
    for row, answer in list(zip(rows, answers, strict=True))[:20]:
        result = scored(http, **row)["result"]
        assert float(answer["pd"]) == result["pd"]
        assert answer["reasons"] == ";".join(one["code"] for one in result["reasons"])
        assert answer["decision"] == result["decision"]


def test_the_exported_query_gives_the_services_pd(http, files, model, bank):
    told = subprocess.run(
        [ROOT / "loanscore", "export", "sql"],
        env=environment(model_dir=model, state_dir=bank.settings.state_dir, **files),
        capture_output=True,
        text=True,
        check=True,
    )
    columns = ", ".join(f"{value} AS {name}" for name, value in APPLICANT.items())
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE applications AS SELECT {columns}")
        answer = database.execute(told.stdout).df().iloc[0]
    result = scored(http)["result"]
    assert answer["pd"] == pytest.approx(result["pd"], abs=1e-12)
    assert answer["expected_loss"] == pytest.approx(result["expected_loss"])


@pytest.mark.parametrize(
    ("language", "label", "unit"),
    [("en", "Card utilisation", "of the limits"), ("fr", "Utilisation des cartes", "des plafonds")],
)
def test_the_page_asks_for_them_in_the_readers_language(bank, language, label, unit):
    with connect(bank.redis_url) as operator:
        person = People(operator).create(f"a-{language}", key.CLIENT, "adviser", "scrypt:1:1:1$a$b")
        session = Sessions(operator, bank.settings).open(person)
    with httpx.Client(base_url=bank.url, headers={"Origin": bank.url}) as visitor:
        visitor.cookies.set("session", session.token, domain=visitor.base_url.host)
        form = visitor.get("/", params={"lang": language}).text
        assert (label in form, unit in form) == (True, True)
        page = visitor.post("/", data={"csrf": session.csrf} | APPLICANT)
    assert page.is_success or page.is_redirect, page.text


def test_a_worker_of_other_fields_refuses_the_model(bank, model, tmp_path):
    refused = started("worker", redis_url=bank.redis_url, model_dir=model, state_dir=tmp_path)
    assert refused.returncode == 1
    assert "name its schema in LOANSCORE_SCHEMA_FILE" in refused.stderr


def test_a_policy_of_other_fields_is_refused(bank, files, model, tmp_path):
    only = {"schema_file": files["schema_file"]}
    refused = started(
        "worker", redis_url=bank.redis_url, model_dir=model, state_dir=tmp_path, **only
    )
    assert refused.returncode == 1
    assert "income is no field: card_utilisation" in refused.stderr


def test_training_invents_no_loans_of_other_fields(files, tmp_path):
    variables = environment(state_dir=tmp_path, **files) | {"LOAN_DATA": ""}
    refused = subprocess.run(
        [sys.executable, "-m", "training", "--quick"],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "LOAN_DATA" in refused.stderr
    assert "card_utilisation, monthly_income" in refused.stderr
