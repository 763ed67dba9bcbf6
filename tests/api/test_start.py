"""An API that cannot work refuses to start, in one line."""

import subprocess
import sys

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


def test_an_unknown_setting_is_named(tmp_path):
    ended = started(prot=5000)
    assert ended.returncode == 1
    assert "LOANSCORE_PROT" in ended.stderr
