"""The auditor's and the operator's commands, run as they do."""

import json
import subprocess
from datetime import date

import pytest

from protocol.ledger import Ledger
from protocol.outcomes import Outcome, Outcomes
from protocol.record import EMPTY
from protocol.record_stream import RecordStream
from protocol.settings import Settings
from records import table
from records.chain import verify
from records.folder import Folder
from tests.campaigns.archives import WORDS, cancelled, final, invented
from tests.conftest import ROOT, STATE, environment
from worker.campaigns.archiver import Archiver


@pytest.fixture
def settings(redis_url, tmp_path):
    return Settings(redis_url=redis_url, storage_dir=tmp_path)


@pytest.fixture
def ledger(client, settings):
    return Ledger(client, settings)


@pytest.fixture
def store(settings):
    return Folder(settings.records_folder)


@pytest.fixture
def archive(client, settings):
    return lambda: Archiver(RecordStream(client, settings), settings).look()


@pytest.fixture
def run(redis_url, settings):
    """Run ./loanscore records with arguments."""

    def run(*arguments, **variables):
        given = {"redis_url": redis_url, "state_dir": STATE.resolve()} | variables
        return subprocess.run(
            [ROOT / "loanscore", "records", *map(str, arguments)],
            cwd="/",
            env=environment(**({"storage_dir": settings.storage_dir} | given)),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def found(run, *arguments, **variables):
    done = run("find", *arguments, "--json", **variables)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_chain_that_holds_is_said_with_its_head(run, store):
    head = invented(store, EMPTY, 10, 0)
    done = run("verify")
    assert done.returncode == 0
    assert "10 records in 1 files, seq 1 to 10, 0 without" in done.stdout
    assert f"head 10 {head.link}" in done.stdout
    assert run("verify", "--head", head.link).returncode == 0


def test_a_broken_link_is_named_and_the_exit_code_says_so(run, store):
    invented(store, EMPTY, 10, 0)
    file = store.files()[0]
    frame = table.read(file)
    table.replace(file.path, frame[[0, 1, 3, 2, *range(4, 10)]])
    done = run("verify")
    assert done.returncode == 1
    assert f"{file.path} row 3, seq 4, id {frame['id'][3]}: seq: 3 was expected" in done.stderr
    cut = run("verify", "--head", "f" * 64)
    assert cut.returncode == 1


def test_a_copy_is_verified_and_searched_without_redis(run, store, tmp_path):
    invented(store, EMPTY, 3, 0)
    copy = tmp_path / "copy"
    store.path.rename(copy)
    away = f"unix://{tmp_path}/nothing.sock"
    assert run("verify", "--folder", copy, redis_url=away).returncode == 0
    assert len(found(run, "--folder", copy, redis_url=away)) == 3
    missing = run("verify", "--folder", tmp_path / "nowhere")
    assert missing.returncode == 2


def test_records_are_found_by_what_an_auditor_knows(run, store):
    invented(store, invented(store, EMPTY, 3, 0), 2, 1)
    (first, *_) = found(run)
    assert found(run, "--id", first["id"]) == [first]
    assert first["personal"]["application"]["income"] == 61234.5678
    for arguments, number in (
        (["--reference", "canary-4711"], 5),
        (["--reference", "other"], 0),
        (["--owner", "acme-los", "--decision", "decline"], 5),
        (["--decision", "approve"], 0),
        (["--state", "succeeded"], 5),
        (["--state", "dead"], 0),
        (["--model", "7"], 5),
        (["--model", "sha256:" + "0" * 64], 5),
        (["--model", "8"], 0),
        (["--from", "2026-01-02"], 2),
        (["--to", "2026-01-01"], 3),
        (["--from", "2026-01-01", "--to", "2026-01-02", "--limit", "4"], 4),
    ):
        assert len(found(run, *arguments)) == number, arguments


def test_the_table_names_no_applicant(run, store):
    invented(store, EMPTY, 3, 0)
    done = run("find")
    assert done.stdout.splitlines()[0].split()[:3] == ["seq", "finished_at", "id"]
    assert len(done.stdout.splitlines()) == 4
    assert [word for word in WORDS if word in done.stdout] == []


def test_a_record_that_waits_is_found_by_its_id(run, ledger, client, tmp_path):
    (score_id,) = final(ledger, 1)
    (record,) = found(run, "--id", score_id)
    assert (record["id"], record["seq"], record["link"]) == (score_id, None, None)
    assert record["decision"] == "decline"
    away = run("find", "--id", score_id, redis_url=f"unix://{tmp_path}/nothing.sock")
    assert away.returncode == 0
    assert "was not asked" in away.stderr


def test_an_applicant_is_erased_where_archived_and_where_waiting(run, ledger, archive, store):
    archived = final(ledger, 2)
    archive()
    waiting = final(ledger, 1) + cancelled(ledger, 1)
    assert run("erase", "--reference", "canary-4711", "--owner", "another").returncode == 1
    done = run("erase", "--reference", "canary-4711", "--owner", "acme-los")
    assert done.returncode == 0, done.stderr
    archive()
    records = found(run)
    assert [record["id"] for record in records] == archived + waiting
    assert {record["personal"] for record in records} == {None}
    assert run("verify").returncode == 0
    everything = b"".join(path.read_bytes() for path in store.path.rglob("*.parquet"))
    assert [word for word in WORDS if word.encode() in everything] == []


def test_an_outcome_is_found_and_erased_with_its_score(
    run, ledger, archive, store, client, settings
):
    (score_id,) = final(ledger, 1)
    archive()
    outcomes = Outcomes(client, settings)
    outcomes.record([Outcome(score_id, True, date(2026, 6, 30))], "acme-los", "0123abcd")
    both = found(run, "--id", score_id)  # the outcome waits to be archived
    assert [one["class"] for one in both] == ["score", "outcome"]
    assert both[1]["personal"] == {"defaulted": True, "observed_on": "2026-06-30"}
    table_of_both = run("find", "--id", score_id, "--class", "outcome")
    assert (table_of_both.returncode, table_of_both.stderr) == (0, "")
    assert "observed" in table_of_both.stdout
    done = run("erase", "--reference", "canary-4711", "--owner", "acme-los")
    assert done.returncode == 0, done.stderr
    archive()
    assert [one["personal"] for one in found(run, "--id", score_id)] == [None, None]
    assert verify(store).records == 2


def test_erasing_by_id_reaches_a_score_that_is_not_final_yet(run, ledger, archive):
    (first,) = final(ledger, 1)
    archive()
    assert run("erase", "--id", first).returncode == 0
    assert found(run, "--id", first)[0]["personal"] is None


@pytest.mark.parametrize(
    "arguments", [[], ["--owner", "a"], ["--reference", "r"], ["--id", "x", "--reference", "r"]]
)
def test_an_erasure_that_names_nobody_is_refused(run, arguments):
    assert run("erase", *arguments).returncode == 2
