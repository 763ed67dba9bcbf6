"""The notebook: it runs from its first cell to its last, and shows what its text says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.conftest import LOAN_DATA, ROOT

NOTEBOOK = ROOT / "training" / "explore.ipynb"


@pytest.fixture(scope="module")
def shown(folder: Path) -> dict[str, str]:
    """Run it; gives what each tagged cell printed."""
    home = folder / "notebook"
    home.mkdir()
    places = ("HOME", "IPYTHONDIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR")
    own = {name: str(home / name.lower()) for name in places}
    data = {"LOAN_DATA": str(LOAN_DATA.resolve()) if LOAN_DATA.is_file() else ""}
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("run_notebook.py"), NOTEBOOK, home / "run.ipynb"],
        cwd=ROOT,
        env=os.environ | own | data,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    cells = nbformat.read(home / "run.ipynb", as_version=4).cells
    return {
        tag: "".join(output.get("text", "") for output in cell.outputs)
        for cell in cells
        for tag in cell.metadata.get("tags", ())
    }


def test_the_three_models_are_compared(shown: dict[str, str]) -> None:
    rows = re.findall(r"^\| (\S+) +\| +(\d\.\d+)", shown["models"], re.MULTILINE)
    assert {name for name, _ in rows} == {"decision-tree", "logistic-regression", "random-forest"}
    assert all(float(accuracy) > 0.98 for _, accuracy in rows)


def test_the_predecessor_is_fine_in_its_notebook_and_blind_in_its_app(
    shown: dict[str, str],
) -> None:
    rows = {
        way: [float(figure) for figure in figures.split()]
        for way, figures in re.findall(
            r"^(in its \w+|ours.*?in) +(.*)$", shown["predecessor"], re.MULTILINE
        )
    }
    assert rows["in its notebook"][2] > 0.98
    assert rows["in its app"][1:] == [0, 0, 0]
    assert rows["ours, raw fields in"][2] > 0.98
    if LOAN_DATA.is_file():
        assert rows["in its notebook"][:3] == [0.999, 1.000, 0.995]
        assert rows["in its app"][0] == 0.815


def test_a_score_is_made_of_its_parts(shown: dict[str, str]) -> None:
    base, added, logit, pd = map(float, re.findall(r"-?\d+\.\d{4}", shown["fold"].splitlines()[-1]))
    assert logit == pytest.approx(base + added, abs=2e-4)
    assert f"pd {pd:.4f}: " in shown["score"]
    assert re.search(r"\d+ points, grade [A-G], (approve|review|decline)", shown["score"])


def test_it_is_kept_without_outputs_and_names_no_machine() -> None:
    text = NOTEBOOK.read_text()
    for cell in nbformat.reads(text, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert not re.search(r"/(home|tmp|work|root|Users|opt)/", text)
