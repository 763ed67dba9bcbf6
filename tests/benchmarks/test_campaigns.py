"""Campaigns measured: what is wrong is counted, and every part runs; no figure is asserted."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.artefact import pipeline
from benchmarks.campaigns import archive, kills, lane, latency, memory, peers, replay, shade, truth
from benchmarks.campaigns.portfolio import FAULTS, faults, write_csv, write_parquet
from benchmarks.campaigns.throughput import Contest
from benchmarks.cases import invent
from local import key
from records import shade as records_shade
from tests.conftest import ROOT, environment
from tests.local.test_run import left_behind

ROWS = 3_000


@pytest.fixture(scope="module")
def scored(tmp_path_factory, artefact):
    """A portfolio and its right results."""
    source = tmp_path_factory.mktemp("portfolio") / "portfolio.csv"
    write_csv(source, ROWS)
    pds = truth.probabilities(source, pipeline(artefact))
    return source, pl.read_csv(source).select("reference", pd=pds)


@pytest.mark.parametrize(
    ("spoil", "wrong"),
    [
        (lambda rows: rows, 0),
        (lambda rows: rows.head(-2), 2),
        (lambda rows: pl.concat([rows, rows.tail(3)]), 3),
        (lambda rows: rows.clear(), ROWS),
        (lambda rows: rows.with_columns(pl.col("pd") + 2e-12), ROWS),
        (lambda rows: rows.with_columns(pd=float("nan")), ROWS),
        (lambda rows: rows.with_columns(pl.col("reference").reverse()), ROWS),
        (lambda rows: pl.concat([rows[:7], rows[8:9], rows[7:8], rows[9:]]), 2),
    ],
)
def test_results_that_are_missing_too_many_out_of_order_or_off_are_counted(
    scored, tmp_path, spoil, wrong
):
    _, right = scored
    good = np.ones(ROWS, dtype=np.bool_)
    path = tmp_path / "results"
    spoil(right).write_parquet(path)
    assert truth.wrong(path, "parquet", right["pd"].to_numpy(), good) == wrong


def test_a_result_of_a_row_that_must_have_none_is_wrong(scored, tmp_path):
    _, right = scored
    good = np.arange(ROWS) != ROWS - 1
    right.write_csv(tmp_path / "results")
    assert truth.wrong(tmp_path / "results", "csv", right["pd"].to_numpy(), good) == 1


@pytest.mark.parametrize("name", peers.PEERS)
def test_every_peer_computes_the_right_pd_of_every_row(scored, artefact, tmp_path, name):
    source, right = scored
    target = tmp_path / "results.csv"
    assert peers.run(name, artefact, source, target) > 0
    good = np.ones(ROWS, dtype=np.bool_)
    assert truth.wrong(target, "csv", right["pd"].to_numpy(), good) == 0


def test_the_same_rows_are_invented_every_time_and_in_both_formats(scored, tmp_path):
    source, _ = scored
    again, parquet = tmp_path / "again.csv", tmp_path / "portfolio.parquet"
    write_csv(again, ROWS)
    assert again.read_bytes() == source.read_bytes()
    write_csv(parquet, ROWS // 2)
    assert again.read_bytes().startswith(parquet.read_bytes())
    write_parquet(parquet, again)
    assert pl.read_parquet(parquet).equals(pl.read_csv(again))


def test_bad_rows_are_where_the_list_of_faults_says(tmp_path):
    path = tmp_path / "bad.csv"
    write_csv(path, ROWS, 100)
    lines, listed = path.read_text().splitlines(), faults(ROWS, 100)
    assert listed.height == ROWS // 100
    for fault in listed.iter_rows(named=True):
        cells = dict(zip(lines[0].split(","), lines[fault["line"] - 1].split(","), strict=True))
        assert cells["reference"] == fault["reference"]
        (kind,) = (one for one in FAULTS if one.code == fault["code"])
        assert cells[fault["column"]] == kind.text


@pytest.fixture(scope="module")
def ours(folder, artefact):
    with lane.running(folder / "lane", artefact, chunk_bytes=50_000, lease_s=1) as running:
        yield running


def test_every_contestant_scores_every_row_rightly(ours, artefact, tmp_path):
    contest = Contest(tmp_path, artefact, ours, ROWS, few=500)
    contest.play()
    assert contest.flawless
    counted = (*contest.ours.values(), *contest.duckdb.values(), *contest.pandas.values())
    assert [one.checked for one in counted] == [ROWS] * 4 + [500] * 2
    assert len(contest.table().splitlines()) == 2 + len(counted)


def test_peaks_are_those_of_the_api_and_of_each_worker(ours, tmp_path):
    peaks = memory.play(ours, tmp_path, ROWS)
    assert len(peaks.workers) == lane.WORKERS
    assert min(peaks.api_before, peaks.api, *peaks.workers) > 10
    assert f"| {ROWS:,} " in memory.table([peaks])


def test_single_scores_are_answered_while_campaigns_run(ours, artefact, tmp_path):
    source = tmp_path / "beside.csv"
    write_csv(source, ROWS)
    counter = latency.Counter(ours, invent(artefact, 10), source)
    counter.play()
    for waits in (counter.idle, counter.busy):
        assert (len(waits.answered), waits.flawed) == (10, 0)
    assert counter.campaigns


def test_single_scores_are_answered_while_a_challenger_scores_the_archive(
    ours, folder, artefact, tmp_path
):
    storage, where = tmp_path / "storage", tmp_path / "challenger"
    archive.write(storage, artefact, key.CLIENT, archive.FILE)
    about = shade.forest(artefact, where)
    given = {"storage_dir": storage, "challenger_dir": where, "archive_s": 0.1}
    with lane.running(folder / "beside", artefact, **given) as beside:
        sides = shade.Sides(ours, beside, about, invent(artefact, 25))
        sides.play()
        rows = scored_in_the_shade(storage, about)
    assert [len(one.answered) for played in sides.rounds.values() for one in played] == [25] * 3
    assert sides.flawed == 0
    assert rows >= archive.FILE
    assert sides.scored[shade.ABSENT] == 0
    assert f"| {shade.ABREAST} " in sides.text()
    assert not ours.service.settings.shade_folder.exists()


def scored_in_the_shade(storage, about):
    return records_shade.read(records_shade.of(storage / "shade", about.digest), None, None).height


def test_decisions_are_decided_again_and_each_verdict_is_checked(folder, artefact, tmp_path):
    storage = tmp_path / "storage"
    archive.write(storage, artefact, key.CLIENT, archive.FILE)
    with lane.running(folder / "again", artefact, storage_dir=storage, archive_s=0.1) as running:
        judged = replay.play(running, tmp_path, replay.BATCH)
        told = replay.text(running, judged)
    assert [one.flawless for one in judged] == [True, True]
    assert [one.checked for one in judged] == [archive.FILE, replay.BATCH]
    assert judged[0].verdicts["changed-by-policy"] > 0
    assert judged[1].verdicts["identical"] == replay.BATCH
    assert f"{archive.FILE + replay.BATCH:,} records" in told
    spoilt = replace(judged[0], checked=archive.FILE - 1)
    assert not spoilt.flawless


def test_workers_that_are_killed_lose_double_and_change_nothing(ours, artefact, tmp_path):
    killed = kills.play(ours, tmp_path, artefact, 60_000)
    assert killed.kills > 2
    assert killed.flawless, killed.table()


def test_the_run_writes_its_tables_and_leaves_nothing_else(folder, artefact, tmp_path):
    state = Path(folder / tmp_path.name[-12:])
    sizes = ("--part", "waits", "--rows", "1000", "--rounds", "1", "--seconds", "1")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.campaigns", *sizes],
        cwd=ROOT,
        env=environment(state_dir=state, model_dir=artefact),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written = (state / "bench" / "campaigns.md").read_text()
    assert "| campaigns beside |" in written
    assert left_behind(state) == []
    assert not (state / "bench" / "campaigns").exists()
