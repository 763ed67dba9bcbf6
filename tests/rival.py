"""A second model, fitted on look-alike loans of another seed: small, quick, and different."""

from pathlib import Path

from protocol.policy import Policy
from training import artefact, data, generator
from training.manifest import Facts
from training.metrics import measured
from training.models import logistic_regression
from training.split import split


def write(folder: Path, policy: Policy) -> Path:
    """Train it and export it to a new folder; nothing is tracked."""
    path = folder / "rival.csv"
    generator.write(path, generator.look_alike(rows=3_000, seed=7))
    loans = data.read(path)
    parts = split(loans)
    pipeline = logistic_regression(parts.learn)
    pd = pipeline.predict_proba(parts.held_out.rows)[:, 1]
    facts = Facts(measured(parts.held_out.defaults, pd), "none", policy)
    artefact.write(folder / "rival", artefact.made(pipeline, loans, parts.learn, facts))
    return folder / "rival"
