"""`make run`: one command to a real score, and nothing left behind."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from protocol.artefact import read_manifest
from tests.conftest import ROOT, environment, free_port


@contextmanager
def running(variables: dict[str, str]) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def ended(variables: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def read_until_ready(process: subprocess.Popen) -> str:
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C stops everything" in line:
            return "".join(lines)
    raise AssertionError("".join(lines))


def left_behind(folder: Path) -> list[str]:
    """Processes that still belong to a run in this folder."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"LOANSCORE_STATE_DIR={folder}".encode() in environ.read_bytes():
                found.append((environ.parent / "cmdline").read_text())
        except OSError:
            continue
    return [command for command in found if "-m\0local" not in command]


def check_nothing_left(folder: Path) -> None:
    assert left_behind(folder) == []
    assert not (folder / "redis" / "redis.sock").exists()
    assert not (folder / "run.lock").exists()


def test_a_bare_machine_sees_a_loan_scored_and_a_second_start_reuses_all(folder, report):
    where, home = folder / "bare", folder / "home"
    home.mkdir()
    variables = environment(state_dir=where, port=free_port()) | {"HOME": str(home)}
    variables.pop("LOAN_DATA", None)
    with running(variables) as process:
        said = read_until_ready(process)
        assert '"status": "succeeded"' in said
        curl = next(line for line in said.splitlines() if "curl" in line and "-d" in line)
        answer = subprocess.run(["sh", "-c", curl], capture_output=True, text=True, check=True)
        assert '"status": "queued"' in answer.stdout
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    check_nothing_left(where)
    key = where / "api-key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert list(home.iterdir()) == []

    secret, trained = key.read_text(), read_manifest(where / "model")
    began = time.monotonic()
    with running(variables) as process:
        read_until_ready(process)
        report(f"second start: a score after {time.monotonic() - began:.1f} s")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    check_nothing_left(where)
    assert (key.read_text(), read_manifest(where / "model")) == (secret, trained)


@pytest.fixture
def quick(folder: Path, artefact: Path, tmp_path: Path) -> dict[str, str]:
    """A run that need not train."""
    where = folder / tmp_path.name[-12:]
    return environment(state_dir=where, model_dir=artefact, port=free_port())


def where(variables: dict[str, str]) -> Path:
    return Path(variables["LOANSCORE_STATE_DIR"])


def check_refusal(variables: dict[str, str], *said: str) -> None:
    done = ended(variables)
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("loanscore:")]
    assert "Traceback" not in done.stderr
    for words in said:
        assert words in line
    check_nothing_left(where(variables))


def test_a_taken_port_is_named_with_the_remedy(quick):
    with socket.create_server(("127.0.0.1", int(quick["LOANSCORE_PORT"]))):
        check_refusal(quick, quick["LOANSCORE_PORT"], "set LOANSCORE_PORT")


def test_a_redis_that_does_not_answer_is_named_without_its_password(quick):
    url = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    done = ended(quick | {"LOANSCORE_REDIS_URL": url})
    assert done.returncode == 1
    assert "LOANSCORE_REDIS_URL" in done.stderr
    assert "hunter2" not in done.stderr


def test_a_data_file_that_is_not_there_is_named(quick):
    check_refusal(quick | {"LOAN_DATA": "/nowhere/loans.csv"}, "LOAN_DATA=/nowhere/loans.csv")


def test_a_bad_data_file_is_named_by_column_and_line(quick, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "customer_id,credit_lines_outstanding,loan_amt_outstanding,total_debt_outstanding,"
        "income,years_employed,fico_score,default\n1,0,5000,4000,a lot,4,600,0\n"
    )
    variables = quick | {"LOAN_DATA": str(bad)}
    del variables["LOANSCORE_MODEL_DIR"]
    done = ended(variables)
    assert done.returncode == 1
    assert "income" in done.stderr
    assert "line 2" in done.stderr
    assert "Traceback" not in done.stderr
    check_nothing_left(where(variables))


def test_a_worker_that_refuses_its_model_ends_the_run_with_its_words(quick):
    check_refusal(
        quick | {"LOANSCORE_MODEL_DIGEST": "sha256:" + "0" * 64}, "LOANSCORE_MODEL_DIGEST"
    )


def test_a_folder_whose_socket_path_is_too_long_is_named(quick, tmp_path):
    deep = tmp_path / ("d" * 100)
    check_refusal(quick | {"LOANSCORE_STATE_DIR": str(deep)}, "shorter folder")


def test_a_second_run_in_the_same_folder_is_refused(quick):
    with running(quick) as process:
        read_until_ready(process)
        again = ended(quick | {"LOANSCORE_PORT": str(free_port())})
        assert again.returncode == 1
        assert "in use" in again.stderr
        assert httpx.get(f"http://127.0.0.1:{quick['LOANSCORE_PORT']}/readyz").status_code == 200
    check_nothing_left(where(quick))


def test_a_run_that_is_killed_outright_takes_its_processes_along(quick):
    with running(quick) as process:
        read_until_ready(process)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    ends = time.monotonic() + 60
    while left_behind(where(quick)):
        assert time.monotonic() < ends
        time.sleep(0.1)
