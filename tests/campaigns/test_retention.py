"""What is over goes: personal parts by class, whole files from the oldest on, never a gap."""

from datetime import date

import polars as pl
import pytest

from protocol.record import EMPTY
from records import retention, table
from records.chain import verify
from records.folder import Folder
from records.retention import Days
from tests.campaigns.archives import invented

DAYS = Days(score=100, unscored=10, override=100)


@pytest.fixture
def store(tmp_path):
    """A file a day, 1 to 4 January 2026; in each, record 2 has no decision, 3 another class."""
    folder = Folder(tmp_path / "records")
    head = EMPTY
    for day in range(4):
        head = invented(folder, head, 4, day)
    for file in folder.files():
        frame = table.read(file)
        undecided = frame["decision"].to_list()
        undecided[1] = None
        classes = frame["class"].to_list()
        classes[2] = "another"
        table.replace(
            file.path,
            frame.with_columns(pl.Series("decision", undecided), pl.Series("class", classes)),
        )
    return folder


def left(store):
    """Which records of each file have their personal part."""
    return [[bool(part) for part in table.read(file)["personal"]] for file in store.files()]


def test_nothing_goes_before_its_time(store):
    assert retention.apply(store, DAYS, date(2026, 1, 11)) == 0
    assert left(store) == [[True] * 4] * 4


def test_what_has_a_decision_has_another_time_and_an_unknown_class_the_longest(store):
    assert retention.apply(store, DAYS, date(2026, 1, 13)) == 2
    assert left(store) == [[True, False, True, True]] * 2 + [[True] * 4] * 2
    assert retention.apply(store, DAYS, date(2026, 2, 21)) == 2
    assert left(store) == [[True, False, True, True]] * 4


def test_a_day_is_worked_off_once_and_anew_when_a_setting_changes(store, monkeypatch):
    assert retention.apply(store, DAYS, date(2026, 1, 12)) == 1
    with monkeypatch.context() as patched:
        patched.setattr(table, "read", None)  # it looks at no file
        assert retention.apply(store, DAYS, date(2026, 1, 12)) == 0
    assert retention.apply(store, DAYS._replace(unscored=8), date(2026, 1, 12)) == 2


def test_the_oldest_files_go_whole_and_the_chain_begins_behind_them(tmp_path):
    store = Folder(tmp_path / "records")
    head = EMPTY
    for day in range(4):
        head = invented(store, head, 4, day)
    assert retention.apply(store, DAYS, date(2026, 4, 13)) == 8
    assert [file.first_seq for file in store.files()] == [9, 13]
    assert store.anchor().seq == 8
    proved = verify(store)
    assert (proved.records, proved.first_seq, proved.head) == (8, 9, head)
    assert retention.apply(store, DAYS, date(2027, 1, 1)) == 8
    assert store.files() == []
    assert verify(store).head == store.anchor() == head
    assert list(store.path.glob("date=*")) == []


def test_a_file_behind_one_that_is_kept_stays_without_its_personal_parts(store):
    file = store.files()[1]
    unscored = {"decision": pl.lit(None, pl.String), "class": pl.lit("score")}
    table.replace(file.path, table.read(file).with_columns(**unscored))
    retention.apply(store, DAYS, date(2026, 2, 1))
    assert [file.first_seq for file in store.files()] == [1, 5, 9, 13]
    assert left(store)[1] == [False] * 4


def test_files_that_a_killed_process_had_not_removed_yet_count_as_gone(tmp_path):
    store = Folder(tmp_path / "records")
    head = invented(store, invented(store, EMPTY, 4, 0), 4, 1)
    copy = store.files()[0].path.read_bytes()
    path = store.files()[0].path
    store.move_anchor(table.last(store.files()[0]))
    path.parent.mkdir()
    path.write_bytes(copy)
    assert [file.first_seq for file in store.files()] == [5]
    assert verify(store).head == head
    store.move_anchor(head)
    assert not path.exists()
