"""The challenger in the shade: every decision once, whatever is killed, and a true report."""

import json
import logging
import math
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import mean, stdev

import joblib
import numpy as np
import pytest

from protocol.application import FIELDS
from protocol.artefact import digest_of
from protocol.record import EMPTY
from protocol.settings import Settings
from records import erasure, shade
from records.folder import Folder
from tests import challengers
from tests.conftest import ROOT, environment
from tests.policy import POLICY
from worker import scorecard
from worker.challenger.shade import Shade
from worker.model import load_scorer
from worker.shelf import Shelf

NOW = datetime.now(UTC)
TODAY = NOW.date()
#: Decisions of each file of the archive.
FILES = (40, 1, 25)


@pytest.fixture(scope="module")
def tree(artefact, tmp_path_factory):
    return challengers.tree(artefact, tmp_path_factory.mktemp("challenger") / "tree")


@pytest.fixture(scope="module")
def scorer(artefact):
    return load_scorer(artefact, POLICY)


@pytest.fixture
def settings(tmp_path, artefact, tree):
    """Storage with the model on the shelf, and a challenger that may be broken."""
    shutil.copytree(tree, tmp_path / "challenger")
    return Settings(
        storage_dir=tmp_path / "storage",
        model_dir=artefact,
        challenger_dir=tmp_path / "challenger",
    )


@pytest.fixture
def shelf(settings, artefact, scorer):
    shelf = Shelf(settings.storage_folder)
    shelf.keep(artefact, scorer)
    return shelf


@pytest.fixture
def archive(settings):
    return Folder(settings.records_folder)


@pytest.fixture
def decisions(archive, scorer):
    """Three files of the archive: applications and what was decided, in the order of the chain."""
    head, told = EMPTY, []
    for number, size in enumerate(FILES):
        applications = challengers.applicants(size, scorer, seed=number)
        head, results = challengers.archived(archive, head, applications, scorer, TODAY)
        told += zip(applications, results, strict=True)
    return told


@pytest.fixture
def look(settings, shelf):
    """Have a worker that has just started look once; the one before has ended."""

    def look():
        one = Shade(settings, shelf)
        one.look()
        one.close()

    return look


def rows_of(settings):
    (folder,) = [path for path in settings.shade_folder.iterdir() if path.is_dir()]
    return shade.read(Folder(folder), None, None).sort("seq").to_dicts()


def report_of(settings):
    return json.loads((settings.shade_folder / "report.json").read_text())


def first_reason(lean, application, scorer):
    """The field that lowers a pd most when it is set to the population's mean, one at a time."""
    best, lowest = None, lean(application)
    for place, field in enumerate(FIELDS):
        changed = list(application)
        changed[place] = scorer.reference.fields[place]
        if lean(changed) < lowest:
            best, lowest = (place, field.name), lean(changed)
    if best is None:
        return None
    place, name = best
    above = application[place] > scorer.reference.fields[place]
    return scorer.policy.reason(name, above=above).code


def test_each_decision_has_one_row_that_says_what_the_model_says(
    settings, decisions, look, scorer, tree
):
    look()
    look()
    rows = rows_of(settings)
    model = joblib.load(tree / "model.joblib")

    def asked(application):
        return float(model.predict_proba(np.array([application], dtype=np.float64))[0, 1])

    assert [row["seq"] for row in rows] == list(range(1, sum(FILES) + 1))
    for row, (application, result) in zip(rows, decisions, strict=True):
        pd = asked(application)
        assert row["left_out"] is None
        assert (row["challenger_pd"], row["champion_pd"]) == (pd, result["pd"])
        assert row["challenger_decision"] == scorecard.decision(pd, POLICY.cut_offs)
        assert (row["champion_decision"], row["grade"]) == (result["decision"], result["grade"])
        codes = [reason["code"] for reason in result["reasons"]]
        assert row["champion_reason"] == (codes[0] if codes else None)
        assert row["challenger_reason"] == first_reason(asked, application, scorer)
        assert row["champion_reason_by_rule"] == first_reason(
            lambda one: float(scorer.logit(np.array([one], dtype=np.float64))[0]),
            application,
            scorer,
        )
    assert {row["challenger"] for row in rows} == {digest_of((tree / "model.joblib").read_bytes())}
    assert len({row["id"] for row in rows}) == len(rows)


def check_part(part, rows):
    """A part of the report is what its rows come to, counted one by one."""
    differences = [row["challenger_pd"] - row["champion_pd"] for row in rows]
    moves = Counter((row["champion_decision"], row["challenger_decision"]) for row in rows)
    counted = {(a, b): n for a, row in part["decisions"].items() for b, n in row.items() if n}
    assert part["compared"] == len(rows)
    assert counted == moves
    assert part["flips"]["count"] == sum(n for (a, b), n in moves.items() if a != b)
    assert part["pd"]["difference"] == pytest.approx(mean(differences), abs=1e-15)
    assert part["pd"]["absolute"] == pytest.approx(mean(map(abs, differences)), abs=1e-15)
    assert (part["pd"]["lowest"], part["pd"]["highest"]) == (min(differences), max(differences))
    quantiles = {float(at): found for at, found in part["pd"]["quantiles"].items()}
    expected = np.quantile(differences, list(quantiles))
    assert list(quantiles.values()) == pytest.approx(expected.tolist(), abs=1e-15)
    if len(rows) > 1:
        half = 1.959963984540054 * stdev(differences) / math.sqrt(len(rows))
        assert part["pd"]["interval"] == pytest.approx(
            [mean(differences) - half, mean(differences) + half], abs=1e-15
        )
    for name, column in (("", "champion_reason"), ("_by_rule", "champion_reason_by_rule")):
        both = [row for row in rows if row[column] and row["challenger_reason"]]
        agree = sum(row[column] == row["challenger_reason"] for row in both)
        assert (part[f"first_reason{name}"]["count"], part[f"first_reason{name}"]["of"]) == (
            agree,
            len(both),
        )


def test_the_report_is_what_the_rows_come_to(settings, decisions, look, scorer, tree):
    look()
    rows, report = rows_of(settings), report_of(settings)
    assert report["challenger"]["digest"] == digest_of((tree / "model.joblib").read_bytes())
    assert report["champion"] == scorer.manifest.digest
    assert report["policies"] == [POLICY.digest]
    assert (report["decisions"], report["left_out"]) == (len(decisions), {})
    assert (report["from"], report["to"]) == (TODAY.isoformat(), TODAY.isoformat())
    check_part(report["all"], rows)
    assert report["all"]["flips"]["count"] > 0
    assert 0 < report["all"]["first_reason"]["count"] <= report["all"]["first_reason"]["of"]
    assert [part["grade"] for part in report["grades"]] == sorted({row["grade"] for row in rows})
    for part in report["grades"]:
        check_part(part, [row for row in rows if row["grade"] == part["grade"]])


def test_no_applicant_is_in_the_files(settings, decisions, look):
    look()
    told = "".join(map(str, rows_of(settings)))
    written = b"".join(path.read_bytes() for path in settings.shade_folder.rglob("*.*"))
    for application, _ in decisions:
        assert str(application.income) not in told
        assert str(application.income).encode() not in written
    assert b"canary-4711" not in written
    assert set(shade.SCHEMA) & {field.name for field in FIELDS} == set()


def test_an_erased_applicant_is_forgotten_and_not_scored_again(settings, decisions, look, archive):
    look()
    gone, kept = rows_of(settings)[0]["id"], rows_of(settings)[1]["id"]
    assert erasure.erase(archive, {gone}) == 1
    assert shade.forget(settings.shade_folder, {gone}) == 1
    assert [row["id"] for row in rows_of(settings)][:1] == [kept]
    shutil.rmtree(settings.shade_folder)
    look()
    first = rows_of(settings)[0]
    assert (first["id"], first["left_out"]) == (gone, "erased")
    assert [first[name] for name in ("champion_pd", "challenger_pd", "grade")] == [None] * 3
    assert report_of(settings)["left_out"] == {"erased": 1}
    assert report_of(settings)["all"]["compared"] == len(decisions) - 1


def test_days_before_the_window_are_not_scored_and_are_removed(
    settings, shelf, archive, scorer, look
):
    applications = challengers.applicants(3, scorer)
    head, _ = challengers.archived(archive, EMPTY, applications, scorer, TODAY - timedelta(days=9))
    challengers.archived(archive, head, applications, scorer, TODAY)
    look()
    assert [row["seq"] for row in rows_of(settings)] == [1, 2, 3, 4, 5, 6]
    fewer = settings.model_copy(update={"challenger_days": 9})
    one = Shade(fewer, shelf)
    one.look()
    assert [row["seq"] for row in rows_of(settings)] == [4, 5, 6]
    assert report_of(settings)["decisions"] == 3


def test_a_model_that_is_not_kept_is_said(settings, decisions, look, shelf, scorer):
    shutil.rmtree(shelf.model(scorer.manifest.digest))
    look()
    assert report_of(settings)["left_out"] == {"model-not-kept": len(decisions)}
    assert report_of(settings)["all"]["pd"] is None


def edit(settings, **changes):
    path = settings.challenger_folder / "challenger.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def flip_a_bit(settings):
    path = settings.challenger_folder / "model.joblib"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def raise_a_golden_pd(settings):
    golden = json.loads((settings.challenger_folder / "challenger.json").read_text())["golden"]
    edit(settings, golden=[{**golden[0], "pd": 0.123}, *golden[1:]])


@pytest.mark.parametrize(
    ("tamper", "why"),
    [
        (flip_a_bit, "the file was changed or cut short"),
        (lambda settings: edit(settings, libraries={"scikit-learn": "0.1"}), "scikit-learn 0.1"),
        (lambda settings: edit(settings, libraries={"no-such-package": "1"}), "but here is none"),
        (lambda settings: edit(settings, fields=["income"]), "takes income"),
        (raise_a_golden_pd, "golden row 0"),
    ],
)
def test_a_challenger_that_cannot_be_proved_is_refused_once(
    settings, shelf, decisions, caplog, tamper, why
):
    tamper(settings)
    one = Shade(settings, shelf)
    with caplog.at_level(logging.ERROR):
        one.look()
        one._next_s = 0
        one.look()
    assert [why in record.getMessage() for record in caplog.records] == [True]
    assert [path.name for path in settings.shade_folder.iterdir()] == [".leader"]


class Bomb:
    """Tells that it was unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_nothing_is_unpickled_before_its_bytes_are_proved(settings, shelf, decisions, tmp_path):
    joblib.dump(Bomb(tmp_path / "went off"), settings.challenger_folder / "model.joblib")
    Shade(settings, shelf).look()
    assert not (tmp_path / "went off").exists()


class Moody:
    """Any classifier at all: it has a pd for whoever earns enough, and fails on others."""

    def predict_proba(self, rows):
        if (np.asarray(rows)[:, 3] < 5_000).any():
            raise ValueError(rows)
        pd = np.where(np.asarray(rows)[:, 0] > 3, np.nan, 0.25)
        return np.column_stack([1 - pd, pd])


def test_rows_that_a_challenger_fails_on_cost_the_others_nothing(
    settings, decisions, look, archive, caplog
):
    path = settings.challenger_folder / "model.joblib"
    joblib.dump(Moody(), path)
    golden = [{"row": list(decisions[0][0]), "pd": 0.25}]
    golden[0]["row"][:1], golden[0]["row"][3] = [0], 50_000
    edit(settings, digest=digest_of(path.read_bytes()), golden=golden)
    look()
    for row, (application, _) in zip(rows_of(settings), decisions, strict=True):
        answers = application.income >= 5_000 and application.credit_lines_outstanding <= 3
        assert (row["challenger_pd"], row["left_out"]) == (
            (0.25, None) if answers else (None, "no-answer")
        )
    assert 0 < report_of(settings)["left_out"]["no-answer"] < len(decisions)


def test_a_new_challenger_is_taken_up_without_a_restart(
    settings, shelf, decisions, artefact, tmp_path
):
    one = Shade(settings, shelf)
    one.look()
    first = report_of(settings)["challenger"]["digest"]
    shutil.rmtree(settings.challenger_folder)
    challengers.line(artefact, settings.challenger_folder)
    one._next_s = one._next_report_s = 0
    one.look()
    assert report_of(settings)["challenger"]["digest"] != first
    assert report_of(settings)["all"]["compared"] == len(decisions)
    assert report_of(settings)["all"]["first_reason_by_rule"]["share"] > 0.9


def test_only_one_process_holds_the_challenger(settings, shelf, decisions):
    one, other = Shade(settings, shelf), Shade(settings, shelf)
    one.look()
    other.look()
    assert other._model is None
    one.close()
    other._next_s = 0
    other.look()
    assert other._model is not None


def test_a_damaged_file_of_the_archive_holds_up_no_other(
    settings, decisions, look, archive, caplog
):
    damaged = archive.files()[0]
    damaged.path.write_bytes(damaged.path.read_bytes()[:-1])
    look()
    assert [row["seq"] for row in rows_of(settings)] == list(range(FILES[0] + 1, sum(FILES) + 1))
    assert str(damaged.path) in caplog.text


def test_a_backlog_is_worked_off_in_looks_of_which_none_is_long(
    settings, shelf, decisions, monkeypatch
):
    monkeypatch.setattr("worker.challenger.shade.LONGEST_S", -1.0)
    one = Shade(settings, shelf)
    one.look()
    assert (done(settings), one._next_s) == (0, 0.0)
    monkeypatch.undo()
    one.look()
    assert done(settings) == len(FILES)
    assert report_of(settings)["decisions"] == len(decisions)


def test_a_killed_worker_loses_and_doubles_no_row(settings, shelf, archive, scorer):
    head, total, files = EMPTY, 0, 30
    for number in range(files):
        applications = challengers.applicants(3 + number % 5, scorer, seed=number)
        head, _ = challengers.archived(archive, head, applications, scorer, TODAY)
        total += len(applications)
    dice, kills = random.Random(3), 0
    while done(settings) < files:
        before = done(settings)
        process = scoring(settings)
        try:
            target = min(files, before + dice.randrange(4, 12))
            ends = time.monotonic() + 60
            while done(settings) < target:
                assert time.monotonic() < ends
                assert process.poll() is None
        finally:
            process.kill()
            process.wait()
        kills += 1
    assert kills >= 2
    one = Shade(settings, shelf)
    one.look()
    assert [row["seq"] for row in rows_of(settings)] == list(range(1, total + 1))
    assert report_of(settings)["decisions"] == total


def done(settings):
    return len(list(settings.shade_folder.glob("*/date=*/[0-9]*.parquet")))


def scoring(settings):
    given = environment(
        storage_dir=settings.storage_folder,
        model_dir=settings.model_dir,
        challenger_dir=settings.challenger_folder,
    )
    command = [sys.executable, "-m", "tests.campaigns.endless_shade"]
    return subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.DEVNULL)
