"""The files of a campaign a chunk of which killed its workers."""

import csv
import io

import polars as pl
import pytest

from tests.campaigns.conftest import portfolio
from tests.campaigns.storage import Storage
from tests.policy import POLICY
from worker.model import load_scorer

BOOK = portfolio(100)


def as_parquet():
    file = io.BytesIO()
    pl.read_csv(BOOK).write_parquet(file, row_group_size=30)
    return file.getvalue()


@pytest.fixture
def storage(tmp_path, artefact):
    return Storage(tmp_path, load_scorer(artefact, POLICY))


def test_rows_of_parquet_that_kill_who_reads_them_are_not_read_again(storage, monkeypatch):
    def killing(*_):
        raise AssertionError("it was read again")

    content = as_parquet()
    monkeypatch.setattr("worker.campaigns.files.write_leftover", killing)
    campaign = storage.run(content, skip={1}, poison=True, format="parquet")
    assert storage.folder(campaign).file("unprocessed").read_bytes() == content
    outcome = storage.json(campaign, "reconciliation")
    assert outcome["portfolio_damaged"]
    rows = outcome["rows"]
    assert rows["total"] == rows["scored"] + rows["unprocessed"] == 100
    assert rows["scored"] == len(storage.content(campaign, "results").split()) - 1


def test_rows_of_csv_are_bytes_and_are_sent_back_alone(storage):
    campaign = storage.run(BOOK, skip={1}, poison=True)
    left = storage.folder(campaign).file("unprocessed").read_text()
    outcome = storage.json(campaign, "reconciliation")
    assert len([*csv.reader(io.StringIO(left))]) - 1 == outcome["rows"]["unprocessed"] > 0
    assert not outcome["portfolio_damaged"]
