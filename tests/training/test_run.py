import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import joblib
import numpy as np
import pandas
import pytest

from protocol.artefact import read_verified
from protocol.challenger import read_challenger
from protocol.figures import read_figures
from protocol.settings import Settings
from training.comparison import HEADINGS
from training.models import MODELS

#: every figure, setting and tag that is kept of a run, by the experiment's name
KEPT = """
    select name, kind, key from experiments natural join (
        select experiment_id, kind, key from runs natural join (
            select run_uuid, 'metric' as kind, key from metrics
            union select run_uuid, 'setting', key from params
            union select run_uuid, 'tag', key from tags))
"""

#: what every run has, and what a whole study adds
QUICK = frozenset({"calibration.png", "confusion.png", "roc.png"})
STUDIED = {
    *("calibration_cv.png", "cut_offs.md", "cut_offs.png", "grades.md", "importance.md"),
    *("importance.png", "learning_curve.png", "lift.md", "lift.png", "weights.md"),
}


def rows(state: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(state / "mlflow" / "mlflow.db")) as connection:
        return connection.execute(query).fetchall()


def test_bad_data_is_refused_in_words_without_a_traceback_or_an_artefact(
    run_training: Callable, loans: pandas.DataFrame, saved: Callable, tmp_path: Path
) -> None:
    path = saved(loans.assign(fico_score=12))
    run = run_training(tmp_path / "var", LOAN_DATA=str(path))
    assert run.returncode == 1
    assert run.stderr.startswith(f"training: {path}: 200 faults, nothing was trained\n")
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "var" / "model").exists()
    assert run.strays == []


def test_a_misspelt_setting_is_one_line_and_exit_code_one(
    run_training: Callable, tmp_path: Path
) -> None:
    run = run_training(tmp_path / "var", LOANSCORE_MODLE_DIR="x")
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert "LOANSCORE_MODLE_DIR" in run.stderr


def test_a_state_folder_that_cannot_be_made_is_one_line(
    run_training: Callable, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    run = run_training(tmp_path / "file" / "var")
    assert run.returncode == 1
    assert "set LOANSCORE_STATE_DIR" in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_without_data_one_command_trains_compares_and_exports(first_run) -> None:
    assert first_run.stderr == ""
    assert first_run.returncode == 0
    manifest, _ = read_verified(first_run.state / "model", first_run.digest)
    assert manifest.training.rows == 10_000
    for word in (*MODELS, *HEADINGS.values(), manifest.version):
        assert word in first_run.stdout


@pytest.mark.parametrize("which", ["first_run", "second_run"])
def test_nothing_is_written_outside_the_state_folder(
    which: str, request: pytest.FixtureRequest
) -> None:
    assert request.getfixturevalue(which).strays == []


def test_other_ids_another_process_and_every_study_give_the_same_digest(
    first_run, second_run
) -> None:
    assert second_run.stderr == ""
    assert second_run.digest == first_run.digest
    first_line = second_run.stdout.splitlines()[0]
    assert "renamed.csv: 10,000 loans" in first_line
    assert "drift: there is no model yet" in first_run.stdout
    assert "PSI from 0.10: none" in second_run.stdout


def test_every_execution_of_every_model_is_a_finished_run_of_its_own_experiment(
    second_run,
) -> None:
    counted = rows(
        second_run.state,
        "select name, status, count(*) from experiments natural join"
        " (select experiment_id, status from runs) group by name, status",
    )
    names = {f"loanscore-{name}" for name in (*MODELS, "comparison", "data")}
    assert set(counted) == {(name, "FINISHED", 2) for name in names}


@pytest.mark.parametrize("model", MODELS)
def test_a_run_holds_figures_settings_pictures_and_the_model(second_run, model: str) -> None:
    artifacts = second_run.state / "mlflow" / "artifacts" / f"loanscore-{model}"
    for name in ("roc.png", "confusion.png", "calibration.png"):
        assert len(list(artifacts.glob(f"*/artifacts/{name}"))) == 2
    assert len(list(artifacts.glob("models/*/artifacts/model.skops"))) == 2
    kept = {
        (kind, key)
        for name, kind, key in rows(second_run.state, KEPT)
        if name == f"loanscore-{model}"
    }
    assert kept >= {("metric", key) for key in (*HEADINGS, "cv_accuracy", "cv_log_loss")}
    assert kept >= {("setting", "random_state"), ("tag", "data_sha256")}


def test_the_comparison_is_kept_as_one_page(second_run) -> None:
    pages = (second_run.state / "mlflow" / "artifacts" / "loanscore-comparison").glob(
        "*/artifacts/comparison.md"
    )
    texts = [page.read_text() for page in pages]
    assert len(texts) == 2
    assert all("| logistic-regression |" in text for text in texts)


def test_the_candidate_is_the_version_that_was_exported(second_run) -> None:
    manifest, _ = read_verified(second_run.state / "model")
    candidate = rows(
        second_run.state,
        "select v.run_id, t.value from registered_model_aliases a"
        " join model_versions v on v.name = a.name and v.version = a.version"
        " join model_version_tags t on t.name = v.name and t.version = v.version"
        " where a.alias = 'candidate' and t.key = 'digest'",
    )
    assert candidate == [(manifest.training.mlflow_run_id, manifest.digest)]


def test_the_artefact_lies_where_the_settings_say(first_run) -> None:
    settings = Settings.read({"LOANSCORE_STATE_DIR": str(first_run.state)})
    assert str(settings.artefact_folder) in first_run.stdout
    left = {path.name for path in first_run.state.iterdir()}
    assert left <= {"cache", "data", "mlflow", "model", "renamed.csv", "no programs", "challenger"}


def test_an_unknown_argument_is_one_line(run_training: Callable, tmp_path: Path) -> None:
    run = run_training(tmp_path / "var", "--quik")
    assert (run.returncode, run.stdout) == (1, "")
    assert "--quick" in run.stderr


def test_a_whole_training_keeps_every_study_with_the_run(second_run) -> None:
    assert (second_run.returncode, second_run.stderr) == (0, "")
    for model in MODELS:
        artifacts = second_run.state / "mlflow" / "artifacts" / f"loanscore-{model}"
        pages = {
            frozenset(page.name for page in run.iterdir()) for run in artifacts.glob("*/artifacts")
        }
        assert pages == {QUICK, QUICK | STUDIED}
    kept = {key for _, kind, key in rows(second_run.state, KEPT) if kind == "metric"}
    for name in HEADINGS:
        assert kept >= {name, f"cv_{name}", f"cv_{name}_sd"}


def test_a_whole_training_keeps_the_best_of_the_others_as_challenger(second_run) -> None:
    challenger, model = read_challenger(second_run.state / "challenger")
    assert challenger.name in {"loanscore-random-forest", "loanscore-decision-tree"}
    assert challenger.name.removeprefix("loanscore-") in second_run.stdout
    pipeline = joblib.load(io.BytesIO(model))
    golden = np.array([known.row for known in challenger.golden])
    pds = [known.pd for known in challenger.golden]
    assert pipeline.predict_proba(golden)[:, 1].tolist() == pds
    served, _ = read_verified(second_run.state / "model")
    aliases = dict(rows(second_run.state, "select name, alias from registered_model_aliases"))
    assert aliases == {served.name: "candidate", challenger.name: "challenger"}
    assert challenger.libraries == served.libraries
    assert challenger.training.data_sha256 == served.training.data_sha256


def test_the_artefact_carries_what_was_measured(second_run) -> None:
    folder = second_run.state / "model"
    manifest, _ = read_verified(folder)
    figures = read_figures(folder, manifest.digest)
    assert figures is not None
    assert sum(one.loans for one in figures.calibration) == manifest.training.rows
    assert sum(one.defaults for one in figures.calibration) == manifest.training.defaults
    served = figures.models.pop(figures.served)
    assert served == {name: manifest.metrics[name] for name in served}
    assert set(figures.models) == {"decision-tree", "random-forest"}
    shares = [(cut.false_alarms, cut.caught) for cut in figures.roc]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == ((0, 0), (1, 1))
    assert f"{served['roc_auc']:.4f}" in (folder / "card.md").read_text()


def test_the_artefact_carries_its_card(second_run) -> None:
    folder = second_run.state / "model"
    manifest, _ = read_verified(folder)
    card, page = ((folder / name).read_text() for name in ("card.md", "card.html"))
    for told in (
        manifest.digest,
        manifest.content_digest,
        manifest.training.data_sha256,
        manifest.training.mlflow_run_id,
        *(f"{reference.digest}" for reference in manifest.references.values()),
        "15 folds",
        "| E |",
        "CREDIT_LINES",
    ):
        assert told in card
    assert card.endswith("## Promotions\n\nNot promoted yet.\n")
    assert "data:image/png;base64," in page
    assert "<td" in page
    assert str(second_run.state) not in card + page
