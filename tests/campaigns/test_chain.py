"""An archive that was altered anywhere is found, and the place is named."""

import random
import time

import polars as pl
import pytest

from protocol.record import Head, link, personal_digest
from records import checksum, table
from records.chain import BrokenChain, verify
from records.folder import ArchiveError, Folder
from tests.campaigns.archives import invented


@pytest.fixture
def store(tmp_path):
    """Three files of 10, 20 and 30 records on two days."""
    folder = Folder(tmp_path / "records")
    head = Head(0, "0" * 64)
    for number, day in ((10, 0), (20, 0), (30, 1)):
        head = invented(folder, head, number, day)
    return folder


def alter(store, column, position, value):
    """Change one value of the second file; a function makes it of the old one."""
    file = store.files()[1]
    frame = table.read(file)
    values = frame[column].to_list()
    values[position] = value(values[position]) if callable(value) else value
    table.replace(
        file.path, frame.with_columns(pl.Series(column, values, dtype=table.SCHEMA[column]))
    )


def one_byte(text):
    return text[:40] + chr(ord(text[40]) ^ 1) + text[41:]


def digit(text):
    return ("1" if text[0] == "0" else "0") + text[1:]


def test_an_archive_that_nobody_altered_holds(store):
    proved = verify(store)
    assert (proved.records, proved.first_seq, proved.head.seq, proved.files) == (60, 1, 60, 3)
    assert verify(store, proved.head.link) == proved


def test_an_empty_archive_holds(tmp_path):
    assert verify(Folder(tmp_path)).records == 0


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("public", one_byte, "link"),
        ("personal", one_byte, "personal digest"),
        ("personal", None, "personal digest"),
        ("salt", digit, "personal digest"),
        ("salt", None, "personal digest"),
        ("personal_digest", digit, "personal digest"),
        ("link", digit, "link"),
        ("link", None, "columns"),
        ("seq", 99, "seq"),
        ("seq", None, "seq"),
        ("entry", "1-1", "columns: entry"),
        ("class", "override", "columns: class"),
        ("id", digit, "columns: id"),
        ("owner", "somebody", "columns: owner"),
        ("state", "failed", "columns: state"),
        ("decision", "approve", "columns: decision"),
        ("finished_ms", lambda ms: ms + 1, "columns: finished_ms"),
        ("finished_ms", 1 << 62, "columns: finished_ms"),
        ("finished_ms", None, "columns: finished_ms"),
    ],
)
def test_one_altered_value_is_found_and_named(store, column, value, named):
    alter(store, column, 4, value)
    with pytest.raises(BrokenChain) as caught:
        verify(store)
    text = str(caught.value)
    assert str(store.files()[1].path) in text
    assert "row 5" in text
    assert named in text
    assert "61234.5678" not in text


def test_a_forged_record_whose_digests_fit_breaks_the_next_link(store):
    file = store.files()[1]
    frame = table.read(file)
    before, row = frame.row(3, named=True), frame.row(4, named=True)
    personal = row["personal"].replace("61234.5678", "99999.5678")
    digest = personal_digest(row["salt"], personal)
    for column, value in {
        "personal": personal,
        "personal_digest": digest,
        "link": link(before["link"], row["public"], digest),
    }.items():
        alter(store, column, 4, value)
    with pytest.raises(BrokenChain, match=r"row 6, seq 16, .*link"):
        verify(store)


def rearranged(store, order):
    file = store.files()[1]
    table.replace(file.path, table.read(file)[order])


@pytest.mark.parametrize(
    ("order", "row"),
    [
        ([*range(4), 5, 4, *range(6, 20)], 5),  # a swapped pair
        ([*range(4), *range(5, 20)], 5),  # a removed row
        ([*range(4), 3, *range(4, 20)], 5),  # a doubled one
        ([*range(1, 20)], 1),
    ],
)
def test_rows_that_are_not_where_they_were_are_found(store, order, row):
    rearranged(store, order)
    with pytest.raises(BrokenChain, match=rf"row {row}, seq .*records are missing, doubled"):
        verify(store)


@pytest.mark.parametrize("which", [0, 1])
def test_a_removed_file_is_found(store, which):
    files = store.files()
    files[which].path.unlink()
    with pytest.raises(BrokenChain) as caught:
        verify(store)
    assert f"{files[which + 1].path} row 1" in str(caught.value)


@pytest.mark.parametrize("name", ["000000000012", "000000000061"])
def test_a_doubled_file_is_found(store, name):
    path = store.files()[1].path
    path.with_name(f"{name}.parquet").write_bytes(path.read_bytes())
    with pytest.raises(BrokenChain, match=rf"{name}\.parquet row 1"):
        verify(store)


def test_a_file_that_was_moved_to_another_day_is_found(store):
    path = store.files()[1].path
    path.rename(path.parent.with_name("date=2026-01-02") / path.name)
    with pytest.raises(BrokenChain, match="columns: date"):
        verify(store)


def test_a_renamed_file_is_found(store):
    path = store.files()[1].path
    path.rename(path.with_name("000000000012.parquet"))
    with pytest.raises(BrokenChain, match="name is not its first seq"):
        verify(store)


def test_an_end_that_was_cut_off_is_found_with_a_head_noted_elsewhere(store):
    head = verify(store).head
    store.files()[-1].path.unlink()
    assert verify(store).head.seq == 30  # the chain alone cannot know
    with pytest.raises(BrokenChain, match=f"no record has the link {head.link}"):
        verify(store, head.link)


def test_an_anchor_that_is_not_the_chains_is_found(store):
    (store.path / "anchor.json").write_text('{"seq": 10, "link": "' + "a" * 64 + '"}')
    with pytest.raises(BrokenChain, match=r"row 1, seq 11, .*link"):
        verify(store)
    (store.path / "anchor.json").write_text("{}")
    with pytest.raises(ArchiveError, match="no anchor"):
        verify(store)


def test_a_flipped_bit_of_a_file_is_named_before_the_file_is_read(store):
    file = store.files()[1]
    whole, dice = file.path.read_bytes(), random.Random(7)
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
        file.path.write_bytes(damaged)
        with pytest.raises(BrokenChain, match="bytes are not as written") as caught:
            verify(store)
        assert str(file.path) in str(caught.value)
    file.path.write_bytes(whole)
    assert verify(store).records == 60


def test_a_rewrite_that_was_cut_off_leaves_a_file_that_fits_its_checksum(store):
    file = store.files()[1]
    checksum.expect(file.path, b"what was about to be written")
    assert verify(store).records == 60
    table.replace(file.path, table.read(file))
    assert checksum.beside(file.path).read_text().count("\n") == 1
    assert verify(store).records == 60


def test_a_checksum_that_is_none_is_named_and_without_one_the_chain_is_proof_enough(store):
    beside = checksum.beside(store.files()[1].path)
    for content in (b"\xff", b"0"):
        beside.write_bytes(content)
        with pytest.raises(BrokenChain, match=str(beside.with_suffix(""))):
            verify(store)
    beside.unlink()
    assert verify(store).records == 60


def test_ten_thousand_records_hold_and_one_altered_byte_is_named(tmp_path, report):
    folder = Folder(tmp_path / "records")
    invented(folder, Head(0, "0" * 64), 10_000, 0)
    began = time.perf_counter()
    assert verify(folder).records == 10_000
    took_s = time.perf_counter() - began
    file = folder.files()[0]
    frame = table.read(file)
    personal = frame["personal"].to_list()
    personal[7_776] = one_byte(personal[7_776])
    table.replace(file.path, frame.with_columns(pl.Series("personal", personal)))
    with pytest.raises(BrokenChain, match=r"row 7777, seq 7777, id sc_.*personal digest"):
        verify(folder)
    size = file.path.stat().st_size / 10_000
    report(f"records: 10,000 verified in {took_s:.2f} s, {size:.0f} bytes a record on the disk")
