"""An API that cannot work refuses to start, in one line; one that is stopped meanwhile is gone."""

import os
import signal
import sys
from contextlib import suppress

import pytest

from local import processes
from tests.conftest import environment, free_port, started


def test_an_unknown_setting_is_named(tmp_path):
    ended = started("api", prot=5000)
    assert ended.returncode == 1
    assert "LOANSCORE_PROT" in ended.stderr


def test_an_api_that_is_told_to_stop_while_it_starts_leaves_no_process(redis_url, tmp_path):
    variables = environment(redis_url=redis_url, port=free_port(), state_dir=tmp_path)
    process = processes.start("api", [sys.executable, "-m", "api"], variables, tmp_path)
    try:
        while "Spawning worker" not in process.log.read_text():
            process.check()
        process.popen.terminate()  # the process that will answer builds the application now
        process.popen.wait(60)
        with pytest.raises(ProcessLookupError):
            os.killpg(process.popen.pid, 0)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.popen.pid, signal.SIGKILL)
        process.popen.wait()
