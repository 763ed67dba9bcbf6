"""An API that cannot work refuses to start, in one line."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT, environment


def started(**variables):
    return subprocess.run(
        [sys.executable, "-m", "api"],
        cwd=ROOT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("content", [None, "", "short", "é" * 40])
def test_an_unusable_key_file_is_named(tmp_path, content):
    path = tmp_path / "key"
    if content is not None:
        path.write_text(content)
    ended = started(api_key_file=path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("loanscore api: ")
    assert str(path) in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_an_unknown_setting_is_named(tmp_path):
    ended = started(prot=5000)
    assert ended.returncode == 1
    assert "LOANSCORE_PROT" in ended.stderr
