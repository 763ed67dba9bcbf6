"""Tallies: counted by hand, and added up the same however a file was cut."""

import math

import numpy as np
import pytest

from protocol.stability import psi
from tests.bulk.conftest import GOOD, HEADER, random_applications
from worker.bulk.tally import Counts, Tally


def tally(found, scorer):
    tallies = [Tally.of(chunk, scorer) for chunk in found.chunks]
    return Tally.added(tallies)


def test_a_tally_counted_by_hand(run, scorer):
    manifest = scorer.manifest
    rows = [GOOD.format("a"), GOOD.format("b"), "c,3,4200,,61500,4,9", "short", ""]
    found = run("\n".join([HEADER, *rows]))
    counted = tally(found, scorer)
    pd, loss = found.results["pd"][0], found.results["expected_loss"][0]
    assert (counted.rows, counted.scored, counted.invalid) == (4, 2, 2)
    assert counted.decisions == {found.results["decision"][0]: 2}
    assert counted.grades == {found.results["grade"][0]: 2}
    assert counted.expected_loss == 2 * loss
    assert counted.faults == {"missing": 1, "out-of-range": 1, "wrong-column-count": 1}
    edges = manifest.histograms["pd"].edges
    assert counted.pd.bins[int(np.searchsorted(edges, pd, side="right")) - 1] == 2
    for name, counts in counted.fields.items():
        assert len(counts.bins) == len(manifest.histograms[name].counts)
        assert counts.below + sum(counts.bins) + counts.above == 2


def test_a_tally_is_the_same_for_every_size_of_ranges(run, scorer):
    rows = [f"x,{','.join(map(repr, row))}" for row in random_applications(500).tolist()]
    content = "\n".join([HEADER, *rows, "bad", "bad,2"])
    whole = tally(run(content), scorer)
    cut = tally(run(content, size=2_000), scorer)
    assert cut.model_copy(update={"expected_loss": 0.0}) == whole.model_copy(
        update={"expected_loss": 0.0}
    )
    assert math.isclose(cut.expected_loss, whole.expected_loss, rel_tol=1e-12)
    assert whole.invalid == 2


def test_a_tally_survives_its_json(run, scorer):
    counted = tally(run(f"{HEADER}\n{GOOD.format('a')}"), scorer)
    assert Tally.model_validate_json(counted.model_dump_json()) == counted


def test_the_training_histogram_is_counted_as_training_counted_it(scorer):
    edges = scorer.manifest.histograms["income"].edges
    values = np.array([edges[0], edges[1], edges[-1], edges[0] - 1, edges[-1] + 1])
    counts = Counts.of(values, edges)
    empty = [0] * (len(edges) - 4)
    assert counts == Counts(below=1, bins=[1, 1, *empty, 1], above=1)


def test_an_empty_bin_gives_a_finite_psi():
    assert psi([10, 0], [0, 10]) == pytest.approx(2 * (10 - 0.5) / 10.5 * math.log(20))


@pytest.mark.parametrize(("then", "now"), [([1], [1, 2]), ([0, 0], [1, 2]), ([1, 2], [0, 0])])
def test_a_psi_that_means_nothing_is_refused(then, now):
    with pytest.raises(ValueError, match=r"bins expected|nobody was counted"):
        psi(then, now)


def test_counts_are_those_of_numpy_s_histogram():
    dice = np.random.default_rng(3)
    for edges in ([0.0, 1.0], [0.0, 0.1, 0.5, 2.0], np.linspace(-1, 1, 11).tolist()):
        values = np.concatenate([dice.normal(size=2_000), edges, edges])
        counts = Counts.of(values, edges)
        assert counts.bins == np.histogram(values, edges)[0].tolist()
        assert counts.below + sum(counts.bins) + counts.above == len(values)
