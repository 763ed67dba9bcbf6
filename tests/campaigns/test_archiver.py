"""The archiver on a real Redis and a real disk: what is killed, doubled, paused or lost."""

import logging
import random
import signal
import subprocess
import sys
import time

import pytest

from protocol import names
from protocol.errors import LedgerUnavailable
from protocol.ledger import Ledger, connect
from protocol.record_stream import RecordStream
from protocol.settings import Settings
from records import erasure, search, table
from records.chain import verify
from records.folder import Folder
from tests.campaigns.archives import CANARY, WORDS, cancelled, final
from tests.conftest import ROOT, environment
from worker.campaigns import archiver
from worker.campaigns.archiver import Archiver

DAY_MS = 86_400_000


@pytest.fixture
def settings(redis_url, tmp_path):
    return Settings(redis_url=redis_url, storage_dir=tmp_path, archive_s=0.05)


@pytest.fixture
def ledger(client, settings):
    return Ledger(client, settings)


@pytest.fixture
def stream(client, settings):
    return RecordStream(client, settings)


@pytest.fixture
def store(settings):
    return Folder(settings.records_folder)


@pytest.fixture
def archive(stream, settings):
    """Archive all that waits, as a new worker would."""

    def archive():
        Archiver(stream, settings).look()

    return archive


def archived(store):
    return [record["id"] for record in search.find(store, search.Question())]


def bytes_of(store):
    return b"".join(path.read_bytes() for path in store.path.rglob("*") if path.is_file())


def test_what_waits_is_archived_once_in_order_and_taken_off_the_stream(
    ledger, archive, store, stream
):
    ids = final(ledger, 130) + cancelled(ledger, 3)
    archive()
    archive()
    assert archived(store) == ids
    assert stream.waiting() == (0, 0.0)
    proved = verify(store)
    assert (proved.records, proved.first_seq, proved.head.seq, proved.erased) == (133, 1, 133, 0)
    assert stream.head() == proved.head


def test_a_record_holds_all_it_takes_to_decide_again(ledger, archive, store):
    (score_id,) = final(ledger, 1)
    archive()
    (record,) = search.find(store, search.Question(id=score_id))
    assert record["personal"]["application"] == CANARY._asdict()
    assert record["personal"]["reference"] == "canary-4711"
    assert record["personal"]["result"]["pd"] == 0.25
    assert record["personal"]["evidence"] == {"logit": -1.0, "columns": {"dti": 0.5}}
    assert record["policy"] == {"version": "2026-1", "approve_below": 0.05, "decline_above": 0.2}
    assert record["model"]["digest"] == "sha256:" + "0" * 64
    shown = [record[name] for name in ("seq", "class", "owner", "state", "decision", "actor")]
    assert shown == [1, "score", "acme-los", "succeeded", "decline", "0123abcd"]
    assert record["libraries"] == {"numpy": "2"}


def test_the_public_part_names_no_applicant(ledger, archive, store):
    final(ledger, 1)
    archive()
    (public,) = table.read(store.files()[0])["public"]
    assert [word for word in WORDS if word in public] == []


def test_the_chain_goes_on_in_further_files(ledger, archive, store):
    ids = []
    for number in (5, 1, 9):
        ids += final(ledger, number)
        archive()
    assert [file.first_seq for file in store.files()] == [1, 6, 7]
    assert archived(store) == ids
    assert verify(store).records == 15


def test_a_batch_that_crosses_midnight_gives_a_file_a_day(ledger, client, archive, store):
    final(ledger, 4)
    entries = client.xrange(names.RECORDS)
    client.delete(names.RECORDS)
    for number, (_, entry) in enumerate(entries):
        midnight_ms = 1_767_225_600_000  # 2026-01-01
        entry["finished_ms"] = midnight_ms - 2 + number
        client.xadd(names.RECORDS, entry)
    archive()
    days = [(file.day.isoformat(), file.first_seq) for file in store.files()]
    assert days == [("2025-12-31", 1), ("2026-01-01", 3)]
    assert verify(store).records == 4


def test_an_entry_that_cannot_be_read_holds_up_nobody(ledger, client, archive, store):
    cancelled(ledger, 1)
    ((_, entry),) = client.xrange(names.RECORDS)
    broken = entry | {"answer": "{", "evidence": "[]", "application": "x", "metadata": "{"}
    client.xadd(names.RECORDS, broken | {"attempt": "", "created_ms": "", "owner": ""})
    last = cancelled(ledger, 1)
    archive()
    assert archived(store)[2:] == last
    assert verify(store).records == 3


def test_a_class_of_a_later_release_is_archived_as_it_is(ledger, client, archive, store):
    cancelled(ledger, 1)
    ((_, entry),) = client.xrange(names.RECORDS)
    kept = ("v", "id", "owner", "batch", "state", "actor", "created_ms", "finished_ms")
    later = {name: entry[name] for name in kept} | {"class": "appeal", "grounds": "canary-4711"}
    client.xadd(names.RECORDS, later)
    archive()
    record = list(search.find(store, search.Question()))[1]
    assert (record["class"], record["decision"]) == ("appeal", None)
    assert record["personal"] == {"grounds": "canary-4711"}
    assert verify(store).records == 2


class DiedError(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("smaller", [1, 2, 3])
def test_more_that_was_not_settled_than_a_batch_holds_is_not_doubled(
    ledger, client, archive, store, stream, monkeypatch, smaller
):
    ids = final(ledger, 5)
    with monkeypatch.context() as patched:
        patched.setattr(RecordStream, "settle", died)
        with pytest.raises(DiedError):
            archive()
    client.delete(names.ARCHIVER)
    ids += final(ledger, 4)
    monkeypatch.setattr(archiver, "BATCH", smaller)
    archive()
    assert archived(store) == ids
    assert verify(store).records == 9
    assert stream.waiting().records == 0


@pytest.mark.parametrize("lease_over", [True, False])
def test_what_was_written_and_not_settled_is_settled_and_not_written_again(
    ledger, client, archive, store, stream, settings, monkeypatch, lease_over
):
    ids = final(ledger, 5)
    with monkeypatch.context() as patched:
        patched.setattr(RecordStream, "settle", died)
        with pytest.raises(DiedError):
            archive()
    assert (stream.waiting().records, stream.head()) == (5, None)
    if lease_over:
        client.delete(names.ARCHIVER)  # what its TTL does
        ids += final(ledger, 2)
    archive()
    assert archived(store) == ids
    assert verify(store).records == len(ids)
    assert stream.waiting().records == (0 if lease_over else 5)


def died(*_):
    raise DiedError


def test_a_batch_that_was_written_in_part_is_gone_on_with(
    ledger, client, archive, store, stream, monkeypatch
):
    final(ledger, 4)
    entries = client.xrange(names.RECORDS)
    client.delete(names.RECORDS)
    for number, (_, entry) in enumerate(entries):
        client.xadd(names.RECORDS, entry | {"finished_ms": 1_767_225_599_998 + number})
    write, written = table.write_new, []

    def write_one(path, rows):
        if written:
            raise DiedError
        written.append(path)
        write(path, rows)

    with monkeypatch.context() as patched:
        patched.setattr(table, "write_new", write_one)
        with pytest.raises(DiedError):
            archive()
    client.delete(names.ARCHIVER)
    monkeypatch.setattr(archiver, "BATCH", 1)  # and the next one looks at less
    archive()
    assert archived(store) == [entry["id"] for _, entry in entries]
    assert verify(store).records == 4
    assert stream.waiting().records == 0


def test_an_archiver_killed_at_any_moment_loses_and_doubles_nothing(
    ledger, client, store, stream, settings, report
):
    command = [sys.executable, "-m", "tests.campaigns.endless_archiver"]
    given = environment(redis_url=settings.redis_url, storage_dir=settings.storage_dir)
    dice, ids, kills = random.Random(7), [], 40
    for _ in range(kills):
        process = subprocess.Popen(
            command, cwd=ROOT, env=given | {"POLARS_MAX_THREADS": "1"}, stdout=subprocess.PIPE
        )
        assert process.stdout.readline()
        ids += final(ledger, 30)
        time.sleep(dice.uniform(0, 0.04))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        client.delete(names.ARCHIVER)  # what its TTL does
    left = stream.waiting().records
    while stream.waiting().records:
        Archiver(stream, settings).look()
    assert archived(store) == ids
    assert verify(store).records == len(ids) == 30 * kills
    assert list(store.path.rglob(".*.parquet.*")) == []
    report(f"archiver: {kills} kills, {len(ids)} records once each, {left} settled afterwards")


def test_two_archivers_do_not_get_in_each_others_way(ledger, client, store, stream, settings):
    command = [sys.executable, "-m", "tests.campaigns.endless_archiver"]
    given = environment(redis_url=settings.redis_url, storage_dir=settings.storage_dir)
    both = [
        subprocess.Popen(
            command, cwd=ROOT, env=given | {"POLARS_MAX_THREADS": "1"}, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    try:
        for process in both:
            assert process.stdout.readline()
        ids = final(ledger, 400)
        ends = time.monotonic() + 60
        while stream.waiting().records:
            assert time.monotonic() < ends
            time.sleep(0.02)
        assert [process.poll() for process in both] == [None, None]
    finally:
        for process in both:
            process.kill()
            process.communicate()
    assert archived(store) == ids
    assert verify(store).records == 400


def test_a_paused_archiver_that_wakes_up_changes_nothing(
    ledger, client, store, stream, settings, archive, monkeypatch
):
    """It has read the stream and is stopped; meanwhile its lease ends and another does the work."""
    ids = final(ledger, 3)
    late = Archiver(stream, settings)
    write = late._write

    def paused(head, entries):
        client.delete(names.ARCHIVER)
        ids.extend(final(ledger, 2))
        Archiver(stream, settings).archive()  # as if the store's lock did not hold
        return write(head, entries)

    monkeypatch.setattr(late, "_write", paused)
    late.look()
    assert archived(store) == ids
    archive()
    assert archived(store) == ids
    assert verify(store).records == 5


def test_after_a_lost_redis_the_chain_goes_on_from_the_last_file(
    ledger, client, archive, store, stream
):
    ids = final(ledger, 3)
    archive()
    client.flushall()
    ids += final(ledger, 2)
    archive()
    assert archived(store) == ids
    assert verify(store).records == 5
    assert stream.head() == verify(store).head


def test_a_redis_that_is_an_older_copy_doubles_nothing(ledger, client, archive, store, stream):
    ids = final(ledger, 3)
    archive()
    ids += final(ledger, 4)
    head = client.hgetall(names.ARCHIVE)
    entries = client.xrange(names.RECORDS)
    archive()
    client.delete(names.ARCHIVE, names.RECORDS)
    client.hset(names.ARCHIVE, mapping=head)
    for entry_id, entry in entries[:3]:
        client.xadd(names.RECORDS, entry, id=entry_id)
    ids += final(ledger, 1)
    archive()
    assert archived(store) == ids
    assert stream.head() == verify(store).head


def test_a_folder_that_lacks_what_was_archived_is_not_gone_on_with(
    ledger, archive, store, stream, caplog
):
    final(ledger, 3)
    archive()
    store.files()[0].path.rename(store.path / "elsewhere")
    final(ledger, 2)
    with caplog.at_level(logging.ERROR):
        archive()
    assert "put back what is missing" in caplog.text
    assert stream.waiting().records == 2
    assert store.files() == []


def test_the_log_has_the_head_and_nothing_of_the_applicant(ledger, archive, store, caplog):
    with caplog.at_level(logging.DEBUG):
        final(ledger, 3)
        archive()
    head = verify(store).head
    assert f"head {head.seq} {head.link}" in caplog.text
    assert [word for word in WORDS if word in caplog.text] == []


def test_an_applicant_erased_while_the_record_waits_is_never_archived(
    ledger, archive, store, stream
):
    erased, kept = final(ledger, 1) + final(ledger, 1, CANARY._replace(income=1.0), "other")
    stream.order_erasure([erased])
    archive()
    found = {record["id"]: record["personal"] for record in search.find(store, search.Question())}
    assert found[erased] is None
    assert found[kept]["application"]["income"] == 1.0
    assert verify(store).erased == 1


def test_erasing_leaves_the_chain_and_nothing_of_the_applicant(ledger, archive, store):
    ids = final(ledger, 3)
    archive()
    ids += final(ledger, 2)
    archive()
    head = verify(store).head
    texts = [text for file in store.files() for text in table.read(file)["personal"]]
    assert any("61234.5678" in text for text in texts)
    assert erasure.ids_of(store, "acme-los", "canary-4711") == set(ids)
    assert erasure.ids_of(store, "another", "canary-4711") == set()
    assert erasure.erase(store, set(ids)) == 5
    assert erasure.erase(store, set(ids)) == 0
    proved = verify(store)
    assert (proved.head, proved.erased, proved.records) == (head, 5, 5)
    assert [word for word in WORDS if word.encode() in bytes_of(store)] == []
    for file in store.files():
        frame = table.read(file)
        assert frame["personal"].null_count() == frame["salt"].null_count() == frame.height
        everything = "".join(map(str, frame.rows()))
        assert [word for word in WORDS if word in everything] == []


def test_what_a_killed_writer_left_goes_before_anything_else(ledger, archive, store):
    ids = final(ledger, 2)
    archive()
    beside = store.files()[0].path.with_name(".000000000001.parquet.0123")
    beside.write_bytes(store.files()[0].path.read_bytes())
    erasure.erase(store, set(ids))
    assert not beside.exists()


def test_an_archiver_leaves_an_archive_alone_while_it_is_changed(ledger, archive, store, stream):
    final(ledger, 2)
    with store.changing(wait=True):
        archive()
        assert stream.waiting().records == 2
    archive()
    assert stream.waiting().records == 0


def test_a_redis_that_is_away_is_waited_out(ledger, settings, tmp_path):
    away = Settings(redis_url=f"unix://{tmp_path}/nothing.sock")
    stream = RecordStream(connect(away.redis), away)
    with pytest.raises(LedgerUnavailable):
        Archiver(stream, settings).look()


def test_a_full_redis_is_relieved_of_its_records(ledger, client, archive, store, stream):
    final(ledger, 100)
    client.config_set("maxmemory", 1)
    try:
        archive()
    finally:
        client.config_set("maxmemory", 0)
    assert stream.waiting().records == 0
    assert verify(store).records == 100


def test_files_are_readable_by_their_user_alone(ledger, archive, store):
    final(ledger, 1)
    archive()
    paths = [store.path, *store.path.glob("date=*"), *store.path.rglob("*.parquet")]
    modes = {path.stat().st_mode & 0o077 for path in paths}
    assert len(paths) == 3
    assert modes == {0}
