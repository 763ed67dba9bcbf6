"""The champion's commands, run as an operator does."""

import os
import subprocess
import sys

import pytest

from protocol.promotions import Model, Promotion, Promotions, whoever
from tests.conftest import ROOT, environment

A, B = (Model(name="loans", version=name, digest="sha256:" + name * 64) for name in "ab")


@pytest.fixture
def promote(tmp_path):
    promotions = Promotions(tmp_path)

    def promote(model):
        number = promotions.last() + 1
        promotions.add(
            Promotion(number=number, action="promote", model=model, at="2026-11-25", by="tests")
        )

    return promote


@pytest.fixture
def run(tmp_path):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=ROOT,
            env=environment(storage_dir=tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_without_a_promotion_the_folder_is_named_and_there_is_no_way_back(run):
    assert run("models").stdout.startswith("no champion: each worker serves the artefact folder")
    refused = run("rollback")
    assert (refused.returncode, refused.stderr) == (
        1,
        "loanscore: nothing was promoted, so there is nothing to go back from\n",
    )


def test_each_rollback_goes_one_champion_back(run, promote, tmp_path):
    promote(A)
    promote(B)
    assert B.digest in run("models").stdout.splitlines()[-1]
    assert run("rollback", "--note", "too many declined", "--by", "anna").stdout == (
        f"champion: loans a {A.digest}\n"
    )
    shown = run("models").stdout
    assert "too many declined" in shown
    assert "anna" in shown
    assert shown.splitlines()[-1] == f"champion: loans a {A.digest}"
    assert run("rollback").stdout.startswith("no champion")
    assert run("rollback").returncode == 1
    assert [promotion.action for promotion in Promotions(tmp_path).read()] == [
        *["promote"] * 2,
        *["rollback"] * 2,
    ]


def test_a_user_without_a_name_is_named_by_the_number(monkeypatch):
    """As in a container, where no command may fail for that."""

    def nobody():
        raise KeyError("getpwuid(): uid not found: 10001")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert whoever() == f"user {os.getuid()}"


def test_a_rollback_may_name_an_earlier_champion_and_no_other(run, promote):
    promote(A)
    promote(B)
    promote(Model(name="loans", version="c", digest="sha256:" + "c" * 64))
    refused = run("rollback", "--to", "sha256:" + "d" * 64)
    assert refused.returncode == 1
    assert f"is no earlier champion; they are: {A.digest}, {B.digest}" in refused.stderr
    assert run("rollback", "--to", A.digest).stdout == f"champion: loans a {A.digest}\n"


def test_storage_that_cannot_be_used_is_named(run, promote, tmp_path):
    promote(A)
    (tmp_path / "promotions" / "000001.json").unlink()
    (tmp_path / "promotions").rmdir()
    (tmp_path / "promotions").symlink_to(tmp_path / "promotions")  # a loop
    refused = run("models")
    assert refused.returncode == 1
    assert "Too many levels of symbolic links; promotions lie in the storage" in refused.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "number: Field required"),
        ("", "file: Invalid JSON"),
        (None, "000001.json: its number is 2"),
    ],
)
def test_a_damaged_promotion_is_named(run, promote, tmp_path, content, said):
    promote(A)
    first = tmp_path / "promotions" / "000001.json"
    whole = first.read_text()
    first.write_text(whole.replace('"number": 1', '"number": 2') if content is None else content)
    refused = run("models")
    assert refused.returncode == 1
    assert said in refused.stderr
