"""Any fitted classifier can be put in the shade, and what gives no pd cannot."""

import sys

import joblib
import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from protocol.application import FIELDS
from protocol.artefact import read_manifest
from protocol.challenger import read_challenger
from training import generator, put
from training.golden import edges
from worker.challenger.model import Model


class Rule:
    """No classifier of any library: a rule of one's own."""

    def __init__(self, pd=0.5, columns=2):
        self.pd, self.columns = pd, columns

    def predict_proba(self, rows):
        return np.tile([1 - self.pd, self.pd, 0][: self.columns], (len(rows), 1))


@pytest.fixture
def run(tmp_path, capsys, artefact):
    """Put a model in the shade; gives the exit code and what was said on stderr."""

    def run(model, *arguments):
        joblib.dump(model, tmp_path / "mine.joblib")
        environment = {
            "LOANSCORE_CHALLENGER_DIR": str(tmp_path / "challenger"),
            "LOANSCORE_MODEL_DIR": str(artefact),
        }
        code = put.main(environment, [str(tmp_path / "mine.joblib"), *arguments])
        return code, capsys.readouterr().err

    return run


def test_any_fitted_classifier_is_put_there_and_a_worker_takes_it(run, tmp_path):
    loans = generator.look_alike(500)
    rows = loans[[field.name for field in FIELDS]].to_numpy(np.float64)
    model = GaussianNB().fit(rows, loans["default"])
    assert run(model, "--name", "bayes", "--version", "7") == (0, "")
    about, _ = read_challenger(tmp_path / "challenger")
    assert (about.name, about.version, about.training, about.metrics) == ("bayes", "7", None, {})
    assert {"scikit-learn", "numpy", "python"} <= set(about.libraries)
    taken = Model(tmp_path / "challenger")
    assert taken.probability(rows).tolist() == model.predict_proba(rows)[:, 1].tolist()


def test_a_rule_of_ones_own_needs_no_library_to_be_one(run, tmp_path, artefact):
    assert run(Rule(0.25)) == (0, "")
    taken = Model(tmp_path / "challenger")
    assert taken.about.name == "mine"
    rows = edges(read_manifest(artefact).fields)
    assert taken.probability(rows).tolist() == [0.25] * len(rows)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (Rule(float("nan")), "pd"),
        (Rule(1.5), "pd"),
        (Rule(columns=1), "two columns"),
        (Rule(columns=3), "two columns"),
        ({"no": "model"}, "predict_proba"),
    ],
)
def test_what_gives_no_pd_is_refused_and_nothing_is_changed(run, tmp_path, model, why):
    run(Rule(0.25))
    before, _ = read_challenger(tmp_path / "challenger")
    code, said = run(model)
    assert (code, why in said, "nothing was changed" in said) == (1, True, True)
    assert read_challenger(tmp_path / "challenger")[0] == before


def test_a_class_of_a_script_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.setattr(Rule, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "Rule", Rule, raising=False)
    code, said = run(Rule())
    assert (code, "defined in a script" in said) == (1, True)
    assert not (tmp_path / "challenger").exists()


def test_without_a_model_to_challenge_nothing_is_put_there(tmp_path, capsys):
    joblib.dump(Rule(), tmp_path / "mine.joblib")
    environment = {"LOANSCORE_STATE_DIR": str(tmp_path)}
    assert put.main(environment, [str(tmp_path / "mine.joblib")]) == 1
    assert "no model artefact" in capsys.readouterr().err
    assert not (tmp_path / "challenger").exists()


def test_a_file_that_is_none_is_named(tmp_path, capsys):
    assert put.main({}, [str(tmp_path / "none")]) == 1
    assert "none" in capsys.readouterr().err
