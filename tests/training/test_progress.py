import os
import pty
import subprocess
import sys

from tests.conftest import ROOT

CODE = """
from training.progress import progress
with progress(2) as step:
    for _ in range(2):
        step()
"""


def shown(stderr: int) -> None:
    subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        env=os.environ | {"TERM": "xterm"},
        stderr=stderr,
        check=True,
    )


def test_a_terminal_shows_how_far_it_is_and_nothing_else_does(tmp_path) -> None:
    ours, theirs = pty.openpty()
    shown(theirs)
    assert b"2/2" in os.read(ours, 65_536)
    os.close(ours)
    os.close(theirs)
    with (tmp_path / "stderr").open("wb") as file:
        shown(file.fileno())
    assert (tmp_path / "stderr").read_bytes() == b""
