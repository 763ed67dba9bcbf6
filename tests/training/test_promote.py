"""Promoting as the model team does: the gates, the shelf, the registry, and nothing by halves."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from protocol.artefact import read_manifest
from protocol.policy import read_policy
from protocol.promotions import Promotions, line
from tests.conftest import LOAN_DATA, ROOT
from training import artefact as exported
from training import data, generator, promote
from training.manifest import Facts
from training.metrics import measured
from training.models import logistic_regression
from training.split import split


@pytest.fixture
def run(artefact, tmp_path, capsys):
    """Run `loanscore promote` on the state folder of the tests' training."""
    environment = {
        "LOANSCORE_STATE_DIR": str(artefact.parent),
        "LOANSCORE_STORAGE_DIR": str(tmp_path / "storage"),
        "LOAN_DATA": str(LOAN_DATA) if LOAN_DATA.is_file() else "",
    }

    def run(*arguments, **more):
        code = promote.main(environment | more, list(arguments))
        return code, capsys.readouterr()

    return run


@pytest.fixture
def poor(tmp_path):
    """A model that learnt from 160 loans."""
    path = tmp_path / "few.csv"
    generator.write(path, generator.look_alike(200, seed=5))
    loans = data.read(path)
    parts = split(loans)
    pipeline = logistic_regression(parts.learn)
    pd = pipeline.predict_proba(parts.held_out.rows)[:, 1]
    policy = read_policy(ROOT / "policy.json")
    facts = Facts(measured(parts.held_out.defaults, pd), "none", policy)
    made = exported.made(pipeline, loans, parts.learn, facts)
    exported.write(tmp_path / "poor", made)
    return tmp_path / "poor"


def champion(tmp_path):
    champions = line(Promotions(tmp_path / "storage").read())
    return champions[-1].digest if champions else None


def test_a_model_that_passes_is_champion_on_the_shelf_and_in_the_registry(run, artefact, tmp_path):
    code, said = run("--note", "first", "--by", "anna")
    assert code == 0, said.err
    manifest = read_manifest(artefact)
    assert champion(tmp_path) == manifest.digest
    (promotion,) = Promotions(tmp_path / "storage").read()
    assert (promotion.by, promotion.note, promotion.forced) == ("anna", "first", False)
    assert {gate.name for gate in promotion.gates} == {
        *("golden-rows", "not-worse", "calibration", "signs", "identifier")
    }
    kept = tmp_path / "storage" / "models" / manifest.digest.removeprefix("sha256:")
    assert {path.name for path in kept.iterdir()} >= {"model.joblib", "manifest.json", "card.md"}
    with closing(sqlite3.connect(artefact.parent / "mlflow" / "mlflow.db")) as store:
        crowned = store.execute(
            "select t.value from registered_model_aliases a join model_version_tags t"
            " on t.name = a.name and t.version = a.version"
            " where a.alias = 'champion' and t.key = 'digest'"
        ).fetchall()
    assert crowned == [(manifest.digest,)]


def test_a_worse_model_changes_nothing_unless_it_is_forced(run, poor, artefact, tmp_path):
    assert run()[0] == 0
    before = champion(tmp_path)
    code, said = run("--from", str(poor))
    assert code == 1
    assert "FAILED  log-loss" in said.out
    assert "not promoted: " in said.err
    assert "log-loss" in said.err
    assert champion(tmp_path) == before
    code, said = run("--from", str(poor), "--force")
    assert code == 0, said.err
    assert champion(tmp_path) == read_manifest(poor).digest
    last = Promotions(tmp_path / "storage").read()[-1]
    assert last.forced
    assert any(not gate.passed for gate in last.gates)
    assert "does not know that model" in said.out


@pytest.mark.parametrize("arguments", [[], ["--force"]])
def test_a_damaged_artefact_is_refused_even_by_force(run, artefact, tmp_path, arguments):
    copy = shutil.copytree(artefact, tmp_path / "copy")
    model = copy / "model.joblib"
    model.write_bytes(model.read_bytes()[:-1])
    code, said = run("--from", str(copy), *arguments)
    assert code == 1
    assert "digest" in said.err
    assert champion(tmp_path) is None


def test_loans_that_cannot_be_read_stop_a_promotion(run, tmp_path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    code, said = run(LOAN_DATA=str(tmp_path / "bad.csv"))
    assert code == 1
    assert "bad.csv" in said.err
    assert champion(tmp_path) is None
