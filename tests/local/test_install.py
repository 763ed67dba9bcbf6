"""`local/install.sh` says what a machine lacks, in one line."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def install(**variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["/bin/sh", "local/install.sh"],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def stand_in(folder: Path, refused: str) -> str:
    """A Python that fails where it is asked for what it lacks."""
    path = folder / "python"
    refuse = f'case "$*" in *{refused}*) exit 1;; esac'
    path.write_text(f'#!/bin/sh\n{refuse}\nexec {sys.executable} "$@"\n')
    path.chmod(0o755)
    return str(path)


def check_refusal(done: subprocess.CompletedProcess, *said: str) -> None:
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    for words in said:
        assert words in line


def test_no_python_is_named(tmp_path):
    check_refusal(install(PATH=str(tmp_path), STATE=str(tmp_path / "var")), "Python 3.11")
    assert not (tmp_path / "var").exists()


def test_another_python_is_named(tmp_path):
    python = stand_in(tmp_path, "version_info")
    done = install(PATH=str(tmp_path), PYTHON=python, STATE=str(tmp_path / "var"))
    check_refusal(done, "Python 3.11")


def test_no_venv_module_is_named_with_the_package_to_install(tmp_path):
    python = stand_in(tmp_path, "ensurepip")
    done = install(PATH=os.environ["PATH"], PYTHON=python, STATE=str(tmp_path / "var"))
    check_refusal(done, "python3.11-venv")
