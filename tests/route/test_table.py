"""The table through the service: what we claim is measured from polled answers."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.model_selection import train_test_split

from protocol.application import Application

FLOOR = {"accuracy": 0.9990, "precision": 0.997, "recall": 0.997, "f1": 0.997, "auc": 0.9999}
MOST_BRIER = 0.0006


@pytest.fixture(scope="module")
def held_out(loan_data: Path) -> tuple[np.ndarray, np.ndarray]:
    """The seed split's 2,000 test rows, drawn here anew and not by the training code."""
    frame = pd.read_csv(loan_data)
    rows = frame[list(Application._fields)].to_numpy(dtype=np.float64)
    defaults = frame["default"].to_numpy()
    _, rows, _, defaults = train_test_split(
        rows, defaults, test_size=0.2, random_state=42, stratify=defaults
    )
    return rows, defaults


def application(row: np.ndarray) -> Application:
    lines, loan, debt, income, years, fico = row.tolist()
    return Application(int(lines), loan, debt, income, int(years), int(fico))


def test_the_table_holds_through_the_running_service(http, held_out, artefact, report):
    rows, defaults = held_out
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda row: http.submit(application(row)), rows))
        scores = list(pool.map(http.wait, ids))
    assert {score["status"] for score in scores} == {"succeeded"}
    served = np.array([score["result"]["pd"] for score in scores])

    fitted = joblib.load(artefact / "model.joblib").predict_proba(rows)[:, 1]
    assert np.abs(served - fitted).max() <= 1e-12

    said = served >= 0.5
    table = {
        "accuracy": accuracy_score(defaults, said),
        "precision": precision_score(defaults, said),
        "recall": recall_score(defaults, said),
        "f1": f1_score(defaults, said),
        "auc": roc_auc_score(defaults, served),
        "brier": brier_score_loss(defaults, served),
    }
    report(f"through the service, {len(rows)} rows, {defaults.sum()} defaults: {json.dumps(table)}")
    assert (len(rows), int(defaults.sum())) == (2_000, 370)
    assert all(table[name] >= least for name, least in FLOOR.items())
    assert table["brier"] <= MOST_BRIER
