"""The manifest: what a worker and an auditor read of the model; see `protocol.artefact`."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
from sklearn.pipeline import Pipeline

from protocol.application import FIELDS
from protocol.artefact import FORMAT, Manifest, TrainedField, Training
from protocol.policy import Policy
from training.data import TrainingData
from training.fold import check_fold, fold_of
from training.golden import golden_rows
from training.histograms import histograms
from training.models import SERVED
from training.references import references
from training.split import SEED, Sample
from training.tracking import PREFIX

#: What the pickle and the pd depend on; a worker with other versions refuses the artefact.
LIBRARIES = ("scikit-learn", "numpy", "scipy", "joblib")


class Facts(NamedTuple):
    """What is known of a fitted model besides itself."""

    #: on the held-out rows
    metrics: dict[str, float]
    #: of the run that recorded it
    mlflow_run_id: str
    #: in force: its grades are the bins of the histogram of pd, its cut-off has a population
    policy: Policy


def libraries() -> dict[str, str]:
    """Name the exact version of each library in use, and Python's major.minor."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: version(name) for name in LIBRARIES}}


def manifest_of(
    pipeline: Pipeline, digest: str, data: TrainingData, learn: Sample, facts: Facts
) -> Manifest:
    """Describe a fitted logistic pipeline.

    Args:
        pipeline: the served model.
        digest: of its model.joblib.
        data: the whole file; the fold is checked on every row of it.
        learn: the rows the pipeline was fitted on.
        facts: what was measured and where it is recorded.
    Raises:
        ArtefactError: the folded coefficients do not reproduce the pipeline.
    """
    fold = fold_of(pipeline)
    fields = trained_fields(learn)
    golden = golden_rows(pipeline, fields)
    check_fold(fold, pipeline, np.vstack([data.rows, [known.row for known in golden]]))
    pd = pipeline.predict_proba(learn.rows)[:, 1]
    now = datetime.now(UTC)
    return Manifest(
        format=FORMAT,
        name=PREFIX + SERVED,
        version=now.strftime("%Y.%m.%d-%H%M%S"),
        created_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        digest=digest,
        libraries=libraries(),
        fields=fields,
        fold=fold,
        references=references(learn.rows, pd, facts.policy.cut_offs.approve_below),
        golden=golden,
        histograms=histograms(learn.rows, pd, facts.policy.grades),
        metrics=facts.metrics,
        training=Training(
            data_sha256=data.sha256,
            rows=len(data.frame),
            defaults=int(data.defaults.sum()),
            seed=SEED,
            mlflow_run_id=facts.mlflow_run_id,
        ),
    )


def trained_fields(learn: Sample) -> list[TrainedField]:
    """Describe each field: what is accepted, and what the model has seen."""
    return [
        TrainedField(
            name=field.name,
            kind=field.kind,
            unit=field.unit,
            low=field.low,
            high=field.high,
            trained_low=float(column.min()),
            trained_high=float(column.max()),
        )
        for field, column in zip(FIELDS, learn.rows.T, strict=True)
    ]
