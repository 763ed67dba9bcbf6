"""The cases about campaigns judge what they saw, and break what they say they break."""

import errno
import subprocess

import pytest

from chaos import disk
from chaos.case import BrokenError, SkippedError
from chaos.offline import Oracle
from chaos.portfolios import account, invent_portfolio

SENT = invent_portfolio(20, 1, bad=[3])
HEADER = "line,reference,pd\n"
ERRORS = b"line,reference,column,code,message\n5,L3,income,missing,x\n"


@pytest.fixture(scope="module")
def oracle(artefact):
    return Oracle(artefact)


@pytest.fixture
def lines(oracle):
    """The right results, a line a row."""
    good = [number for number in range(20) if number != 3]
    pds = oracle.pds(SENT.rows[good])
    return [f"{n + 2},L{n},{pd!r}\n" for n, pd in zip(good, pds, strict=True)]


def results(lines):
    return (HEADER + "".join(lines)).encode()


def test_results_of_every_row_are_right(oracle, lines):
    account(SENT, results(lines), ERRORS, oracle)


DOCTORED = {
    "a row lost": lambda lines: lines[1:],
    "a row doubled": lambda lines: [*lines, lines[-1]],
    "rows swapped": lambda lines: [lines[1], lines[0], *lines[2:]],
    "an answer changed": lambda lines: ["2,L0,0.123\n", *lines[1:]],
    "an answer that is no number": lambda lines: ["2,L0,NaN\n", *lines[1:]],
    "a bad row scored": lambda lines: [*lines[:3], "5,L3,0.5\n", *lines[3:]],
}


@pytest.mark.parametrize("doctored", DOCTORED.values(), ids=DOCTORED)
def test_results_that_were_doctored_are_found_out(oracle, lines, doctored):
    with pytest.raises(BrokenError):
        account(SENT, results(doctored(lines)), ERRORS, oracle)


@pytest.mark.parametrize("errors", [ERRORS[:35], ERRORS * 2, ERRORS.replace(b"L3", b"L4")])
def test_errors_that_were_doctored_are_found_out(oracle, lines, errors):
    with pytest.raises(BrokenError):
        account(SENT, results(lines), errors, oracle)


def test_a_small_disk_is_full_and_then_gone(tmp_path):
    (tmp_path / "before").write_bytes(b"1")
    try:
        with disk.small_disk(tmp_path, 1):
            with pytest.raises(OSError, match="No space left") as caught:
                (tmp_path / "x").write_bytes(bytes(2 << 20))
            assert caught.value.errno == errno.ENOSPC
    except SkippedError as reason:
        pytest.skip(str(reason))
    assert [path.name for path in tmp_path.iterdir()] == ["before"]


def test_a_machine_that_lets_nobody_mount_skips_the_case(tmp_path, monkeypatch):
    refused = subprocess.CompletedProcess([], 32, stdout="", stderr="mount: permission denied\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: refused)
    with pytest.raises(SkippedError, match="permission denied"), disk.small_disk(tmp_path, 1):
        pass
