"""What the tests of the bulk engine share: a scorer, portfolios, and the whole way through them."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from portfolio.layout import read_layout
from portfolio.options import Options
from protocol.application import FIELDS
from tests.policy import POLICY
from worker.bulk.chunk import score
from worker.bulk.ranges import ranges
from worker.model import load_scorer
from worker.scorer import Scorer

NAMES = [field.name for field in FIELDS]
HEADER = ",".join(["reference", *NAMES])
GOOD = "{},3,4200,13600,61500,4,648"


@pytest.fixture(scope="session")
def scorer(artefact: Path) -> Scorer:
    return load_scorer(artefact, POLICY)


class Run:
    """A file walked through in ranges of one size."""

    def __init__(self, path, options, scorer, size=1 << 23):
        self.layout = read_layout(path, options)
        self.ranges = ranges(path, self.layout, size)
        self.chunks = [score(path, part, self.layout, scorer) for part in self.ranges]
        assert [part.rows for part in self.ranges] == [chunk.rows for chunk in self.chunks]

    @property
    def results(self):
        return pl.concat(chunk.results for chunk in self.chunks)

    @property
    def rejected(self):
        return pl.concat(chunk.rejected for chunk in self.chunks)

    @property
    def faults(self):
        return [(row["line"], row["column"], row["code"]) for row in self.rejected.to_dicts()]

    @property
    def counts(self):
        counts = [(chunk.rows, chunk.scored, chunk.invalid) for chunk in self.chunks]
        return tuple(np.sum(counts, axis=0).tolist())


@pytest.fixture
def run(tmp_path, scorer):
    """Write a file and walk through it."""

    def walk(content, *, size=1 << 23, **options):
        path = tmp_path / "portfolio"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Run(path, Options(**{"format": "csv", **options}), scorer, size)

    return walk


def random_applications(count, seed=1):
    """Applicants over the whole accepted range and over what training saw, ends included."""
    random = np.random.default_rng(seed)
    columns = []
    for field in FIELDS:
        low, high = field.low, field.high
        usual = random.uniform(low, min(high, 1e5 if field.kind == "number" else 900), count)
        column = np.where(random.random(count) < 0.9, usual, random.uniform(low, high, count))
        column = np.where(random.random(count) < 0.05, random.choice([low, high], count), column)
        column = np.clip(column, low, high)
        columns.append(np.floor(column) if field.kind == "integer" else column)
    return np.column_stack(columns)
