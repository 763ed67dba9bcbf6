"""Campaigns through the client and the running service."""

import csv
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tracemalloc

import pytest
from loanscore_client import Client, Conflict, Gone, Invalid, KeyReused, NotFound, Unauthorized

from local.key import read
from tests.campaigns.conftest import portfolio
from tests.conftest import ROOT, make_service, working
from tests.python_client.test_campaigns import Pipe

ROWS = 2_000
BOOK = portfolio(ROWS, bad={7})


@pytest.fixture(scope="module")
def lane(folder, artefact):
    """A service with a campaign worker and chunks of a few hundred rows."""
    made = make_service(folder / "campaign-client", artefact, chunk_bytes=20_000, sweep_s=0.2)
    with working(made) as running:
        yield running


@pytest.fixture(scope="module")
def campaigns(lane):
    with Client(lane.url, read(lane.settings)) as client:
        yield client.campaigns


@pytest.fixture(scope="module")
def finished(campaigns):
    """A campaign that is over."""
    return campaigns.wait(campaigns.create(io.BytesIO(BOOK), format="csv", name="book").id)


class Zeros(io.RawIOBase):
    """A file of so many bytes, which takes no memory."""

    def __init__(self, size):
        self._left = self._size = size

    def seekable(self):
        return True

    def tell(self):
        return self._size - self._left

    def seek(self, offset, whence=io.SEEK_SET):
        self._left = self._size - offset if whence == io.SEEK_SET else 0
        return self.tell()

    def read(self, size=-1):
        size = min(size, self._left)
        self._left -= size
        return b"0" * size


def test_who_has_no_key_is_told_before_all_is_sent(lane):
    told = []
    with Client(lane.url, "x" * 40) as stranger, pytest.raises(Unauthorized):
        stranger.campaigns.create(
            Zeros(2_000_000_000), format="csv", sent=lambda done, _: told.append(done)
        )
    assert max(told) < 1_000_000_000


def test_a_large_portfolio_is_never_held_in_memory(campaigns):
    told = []
    tracemalloc.start()
    try:
        with pytest.raises(Invalid) as caught:
            campaigns.create(
                Zeros(64_000_000), format="csv", sent=lambda done, _: told.append(done)
            )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == "invalid-portfolio"
    assert told[-1] == 64_000_000
    assert peak < 8_000_000


def test_missing_columns_are_named(campaigns):
    with pytest.raises(Invalid) as caught:
        campaigns.create(io.BytesIO(b"income\n1\n"), format="csv")
    (fault,) = caught.value.errors
    assert fault.code == "missing-columns"
    assert "fico_score" in fault.detail


def test_a_portfolio_is_followed_to_its_files(campaigns, tmp_path):
    path = tmp_path / "book.csv.gz"
    path.write_bytes(gzip.compress(BOOK))
    looks = []
    accepted = campaigns.create(path, reference="reference", pass_through=["income"], name="Q/1")
    found = campaigns.wait(accepted.id, looked=looks.append)
    assert (found.id, found.name, found.status) == (accepted.id, "Q/1", "succeeded")
    assert looks[-1] == found
    assert (found.counts.total, found.counts.scored, found.counts.invalid) == (ROWS, ROWS - 1, 1)
    assert found.counts.unprocessed == 0
    assert found.chunks.done == found.chunks.total > 3
    assert found.input.bytes == path.stat().st_size
    assert campaigns.summary(found.id)["scored"] == ROWS - 1
    here = {kind: campaigns.download(found.id, kind, tmp_path) for kind in found.files}
    with here["results"].open(newline="") as file:
        rows = list(csv.DictReader(file))
    sent = list(csv.DictReader(io.StringIO(BOOK.decode())))
    assert [row["reference"] for row in rows] == [f"L{n}" for n in range(ROWS) if n != 7]
    assert float(rows[0]["income"]) == float(sent[0]["income"])
    named = json.loads(here["reconciliation"].read_text())["files"]
    for kind in set(here) - {"reconciliation"}:
        assert hashlib.sha256(here[kind].read_bytes()).hexdigest() == named[kind]["sha256"]


@pytest.mark.parametrize(
    ("page", "block", "files"),
    [("docs/campaigns.md", 0, 1), ("client/README.md", 1, 5)],
)
def test_the_examples_run_as_they_stand(lane, tmp_path, page, block, files):
    (tmp_path / "book.csv").write_bytes(BOOK)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", blocks[block]],
        cwd=tmp_path,
        env=os.environ
        | {"PYTHONPATH": str(ROOT / "client")}
        | {"LOANSCORE_URL": lane.url, "LOANSCORE_API_KEY": read(lane.settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.iterdir())) == 1 + files


def test_the_same_key_and_portfolio_is_the_same_campaign(campaigns):
    first = campaigns.create(Pipe(BOOK), format="csv", idempotency_key="client-campaign")
    again = campaigns.create(io.BytesIO(BOOK), format="csv", idempotency_key="client-campaign")
    assert (first.replayed, again.replayed) == (False, True)
    assert first.id == again.id
    with pytest.raises(KeyReused):
        campaigns.create(io.BytesIO(BOOK[:-1]), format="csv", idempotency_key="client-campaign")


def test_a_download_goes_on_in_the_middle(campaigns, finished, tmp_path):
    whole = campaigns.download(finished.id, "results", tmp_path / "whole.csv").read_bytes()
    (tmp_path / "half.csv.part").write_bytes(whole[:100_000])
    etag = f'"{hashlib.sha256(whole).hexdigest()}"'
    (tmp_path / "half.csv.part.etag").write_text(etag)
    told = []
    path = campaigns.download(
        finished.id, "results", tmp_path / "half.csv", lambda *here: told.append(here)
    )
    assert path.read_bytes() == whole
    assert told[0] == (99_999, len(whole))
    assert {one.name for one in tmp_path.iterdir()} == {"whole.csv", "half.csv"}


def test_a_part_of_another_campaigns_file_is_begun_anew(campaigns, finished, tmp_path):
    (tmp_path / "results.part").write_bytes(b"another" * 1_000)
    (tmp_path / "results.part.etag").write_text('"another"')
    told = []
    path = campaigns.download(finished.id, "results", tmp_path, lambda *here: told.append(here))
    assert told[0][0] == 0
    assert path.name == "results.csv"


def test_what_is_over_stays_so_and_is_listed(campaigns, finished):
    with pytest.raises(Conflict, match="409 already-final"):
        campaigns.cancel(finished.id)
    with pytest.raises(Conflict, match="409 state-conflict"):
        campaigns.pause(finished.id)
    assert finished.id in [one.id for one in campaigns.list()]


def test_a_campaign_that_never_was_and_one_that_is_gone(campaigns):
    with pytest.raises(NotFound):
        campaigns.get("ca_" + "0" * 44)
    accepted = campaigns.create(io.BytesIO(BOOK), format="csv")
    campaigns.erase(accepted.id)
    campaigns.erase(accepted.id)
    with pytest.raises(Gone):
        campaigns.wait(accepted.id)
