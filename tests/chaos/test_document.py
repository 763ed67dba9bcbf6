"""The document names every case, and a run fails for what must not be."""

import re

import pytest

from chaos import document, judgement
from chaos.case import Outcome
from chaos.checker import check
from chaos.control import Control
from chaos.families import FAMILIES
from chaos.journal import Call
from chaos.matrix import ROWS
from chaos.storm import Injected, Storm

PEACE = check([], {})
LOSS = check(
    [
        Call("submit", 0, 1, "k", "digest", 202, "sc_1", False, ""),
        Call("read", 2, 3, "k", "", 404, "sc_1", False, ""),
    ],
    {"k": [0.5]},
)
LOSING = Control(LOSS, (LOSS,))
CALM = Storm(60, True, PEACE, [Injected("API killed", 0, 1, 2.0)], 0)


def test_every_case_of_the_matrix_has_one_row():
    wanted = [f"F{n:02}" for n in range(1, 37)] + [f"B{n:02}" for n in range(1, 13)]
    assert [row.number for row in ROWS] == wanted


def test_every_case_that_is_run_has_a_row_that_names_no_other_test_as_its_proof():
    open_rows = {row.number for row in ROWS if not row.shown_by or "chaos" in row.shown_by}
    cases = [case.number for family in FAMILIES for case in family.cases]
    assert sorted(cases) == sorted(open_rows)


def test_a_case_that_was_not_run_is_said_to_be_not_run():
    page = document.write("", LOSING, CALM, [Outcome("F01", "how", True, "seen")])
    rows = dict(re.findall(r"^\| ([FB]\d\d) \|(.*)$", page, re.MULTILINE))
    assert "held: seen" in rows.pop("F01")
    assert len(rows) == 47
    assert all("not run in this run" in row and "held" not in row for row in rows.values())


def test_a_run_in_which_only_the_control_loses_is_not_broken():
    assert judgement.broken(LOSING, CALM, [Outcome("F08", "how", None, "not here")]) == []


@pytest.mark.parametrize(
    ("controlled", "stormy", "outcomes", "what"),
    [
        (Control(PEACE, (LOSS,)), CALM, [], "nothing in its window"),
        (Control(LOSS, (PEACE, PEACE)), CALM, [], "nothing in its kill storm"),
        (LOSING, Storm(60, True, LOSS, [], 0), [], "'lost': 1"),
        (LOSING, Storm(60, True, PEACE, [Injected("x", 0, 1)], 0), [], "nothing was answered"),
        (LOSING, CALM, [Outcome("F16", "how", False, "stuck")], "F16: stuck"),
    ],
)
def test_a_run_that_proves_nothing_or_sees_a_violation_fails(controlled, stormy, outcomes, what):
    assert [what in found for found in judgement.broken(controlled, stormy, outcomes)] == [True]
