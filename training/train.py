"""One training: fit, measure, record and compare the three models, then export the served one.

Called by `training.__main__`; what it exports is next read by `worker`.
"""

from typing import NamedTuple

from sklearn.pipeline import Pipeline

from protocol.artefact import Manifest
from protocol.policy import read_policy
from protocol.settings import Settings
from training import artefact
from training.comparison import report, table
from training.data import TrainingData
from training.manifest import Facts, libraries
from training.metrics import cross_validated, measured
from training.models import MODELS, SERVED
from training.plots import pictures
from training.split import Split, split
from training.tracking import Tracking


class Trained(NamedTuple):
    """A fitted model, its figures, and the run that recorded both."""

    pipeline: Pipeline
    metrics: dict[str, float]
    run_id: str


def train(data: TrainingData, settings: Settings) -> Manifest:
    """Train on checked data and export to `settings.artefact_folder`, telling each step.

    Raises:
        LoanscoreError: of any step; the artefact that stood there still stands.
    """
    artefact.check_replaceable(settings.artefact_folder)
    policy = read_policy(settings.policy)
    parts = split(data)
    tracking = Tracking(settings.state_dir, {"data_sha256": data.sha256})
    trained = {name: _trained(name, parts, tracking) for name in MODELS}
    figures = {name: model.metrics for name, model in trained.items()}
    tracking.record_comparison(report(figures, SERVED, data.sha256))
    print(f"\n{table(figures)}\n")
    served = trained[SERVED]
    facts = Facts(served.metrics, served.run_id, policy)
    made = artefact.made(served.pipeline, data, parts.learn, facts)
    artefact.write(settings.artefact_folder, made)
    tracking.promote(SERVED, served.run_id, made.manifest.digest)
    return made.manifest


def _trained(name: str, parts: Split, tracking: Tracking) -> Trained:
    print(f"training: {name}: fit, measure on {len(parts.held_out.rows):,} held-out loans, record")
    pipeline = MODELS[name](parts.learn)
    pd = pipeline.predict_proba(parts.held_out.rows)[:, 1]
    figures = measured(parts.held_out.defaults, pd) | cross_validated(pipeline, parts.learn)
    drawn = pictures(parts.held_out.defaults, pd)
    needs = [f"{library}=={number}" for library, number in libraries().items()][1:]
    return Trained(pipeline, figures, tracking.record(name, pipeline, figures, drawn, needs))
