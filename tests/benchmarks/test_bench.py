"""`make bench`: every row is there and every answer in it was checked; no figure is asserted."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks import load
from benchmarks.callers import Answer, NoAnswerError
from benchmarks.cases import Case
from benchmarks.target import Target
from protocol.application import EXAMPLE
from tests.conftest import ROOT, environment
from tests.local.test_run import left_behind

ROWS = (
    "loanscore",
    "loanscore without reasons",
    "obvious way",
    "predecessor's route",
    "empty POST",
)


@pytest.fixture
def variables(folder: Path, artefact: Path, tmp_path: Path) -> dict[str, str]:
    return environment(state_dir=folder / tmp_path.name[-12:], model_dir=artefact)


@contextmanager
def bench(variables: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen]:
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def first_cell(line: str) -> str:
    return line.strip("|").partition("|")[0].strip()


def test_every_row_is_printed_with_all_its_answers_checked_and_none_wrong(variables):
    where = Path(variables["LOANSCORE_STATE_DIR"])
    with bench(variables, "--count", "20", "--rounds", "1") as process:
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    written = (where / "bench" / "bench.md").read_text()
    for row in ROWS:
        (line,) = [line for line in written.splitlines() if first_cell(line) == row]
        *_, checked, wrong, missing = [cell.strip() for cell in line.strip("|").split("|")]
        assert (checked, wrong, missing) == ("20 of 20", "0", "0")
        assert line in said
    assert left_behind(where) == []


def test_an_interrupted_run_leaves_nothing_behind(variables):
    with bench(variables) as process:
        for line in process.stdout:
            if line == "loanscore is up\n":
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert left_behind(Path(variables["LOANSCORE_STATE_DIR"])) == []


def played(ask) -> load.Round:
    target = Target("none", "http://127.0.0.1", ask, check=lambda: None)
    return load.play(target, [Case(EXAMPLE, 0.5)] * 3)


def test_right_answers_make_a_flawless_round():
    async def right(_, case: Case) -> Answer:
        return Answer(case.agrees(0.5), calls=2)

    found = played(right)
    assert found.flawless
    assert (found.checked, found.calls) == (3, 6)


@pytest.mark.parametrize("pd", [0.5 + 2e-12, float("nan")])
def test_a_wrong_answer_is_counted(pd):
    async def off(_, case: Case) -> Answer:
        return Answer(case.agrees(pd), calls=1)

    found = played(off)
    assert not found.flawless
    assert (found.checked, found.wrong, found.missing) == (3, 3, 0)


def test_a_missing_answer_is_counted_and_the_first_one_named():
    async def broken(*_) -> Answer:
        raise NoAnswerError("POST /: 500")

    found = played(broken)
    assert not found.flawless
    assert (found.checked, found.missing) == (0, 3)
    assert found.fault == "NoAnswerError: POST /: 500"
