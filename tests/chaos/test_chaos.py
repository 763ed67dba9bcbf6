"""Faults of every kind under load lose nothing, and the same kills on plain Celery do."""

import pytest

from chaos import control
from chaos.case import Where
from chaos.faults import FAULTS
from chaos.offline import Oracle
from chaos.rig import Rig
from chaos.storm import Plan, storm


@pytest.fixture(scope="module")
def where(folder, artefact):
    return Where(folder / "chaos", artefact, Oracle(artefact))


def test_the_negative_control_loses_jobs(where, report):
    found = control.run(where, seed=1)
    report(f"plain Celery, killed in the pop-window {control.WINDOWS} times: {_lost(found.window)}")
    for stormy in found.storms:
        report(f"plain Celery, killed under load {control.KILLS} times: {_lost(stormy)}")
    assert found.window.lost
    assert found.lost


def _lost(verdict):
    return f"{len(verdict.lost)} of {verdict.accepted} jobs lost"


def test_a_storm_of_faults_violates_no_invariant(where, report):
    with Rig(where.folder / "storm", where.artefact, lease_s=2).running() as rig:
        over = storm(rig, where.oracle, Plan(FAULTS, seconds=25, rate=50, seed=1))
    for fault in over.faults:
        report(f"{fault.name}: answered again {fault.recovered_s:.1f} s later")
    report(
        f"storm: {over.verdict.accepted} accepted, {over.verdict.answered} answered,"
        f" {over.repeats} executions repeated, {len(over.faults)} faults"
    )
    assert over.verdict.violations == {}
    assert over.verdict.failed == 0
    assert {fault.name for fault in over.faults} == set(FAULTS)
    assert over.longest_s is not None
