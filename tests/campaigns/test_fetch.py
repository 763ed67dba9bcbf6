"""Fetching a portfolio from a URI: from real files, and from a real S3 endpoint."""

import gzip
import hashlib
import os
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portfolio.options import PortfolioError
from protocol import names
from protocol.errors import LedgerUnavailable
from protocol.folder import CampaignFolder
from protocol.settings import Settings
from protocol.source import Source
from tests.campaigns.s3 import BUCKET
from tests.conftest import ROOT, environment
from worker.campaigns import local_file, s3_object
from worker.campaigns.fetch import fetch
from worker.campaigns.input_errors import InputAway, Withdrawn

MOST = 30_000_000


class Desk:
    """One campaign's folder and record, and a place with portfolios."""

    def __init__(self, tmp_path):
        self.place = tmp_path / "portfolios"
        (self.place / "acme").mkdir(parents=True)
        self.prefix = f"file://{self.place}/acme/"
        self.settings = Settings(
            campaign_prefixes=(f"file://{self.place}/{{client}}", f"s3://{BUCKET}/{{client}}"),
            upload_limit_bytes=MOST,
        )
        self.folder = CampaignFolder.of(tmp_path / "storage", names.new_campaign_id())
        self.folder.path.mkdir(parents=True)
        self.noted = {}

    def put(self, name, content):
        (self.place / "acme" / name).write_bytes(content)
        return self.prefix + name

    def fetch(self, uri, renew=None):
        record = {"uri": uri, "owner": "acme"}
        self.given = fetch(self.folder, record, self.settings, renew or self.note)

    def note(self, found):
        self.noted.update(found)
        return True

    def refused(self, uri):
        """Try to fetch; nothing may be left behind, and the error must not name the file."""
        with pytest.raises(PortfolioError) as caught:
            self.fetch(uri)
        assert list(self.folder.path.iterdir()) == []
        assert self.noted == {}
        assert "secret" not in caught.value.detail
        return caught.value.code

    def assert_fetched(self, content):
        assert self.folder.portfolio.read_bytes() == content
        digest = hashlib.sha256(content).hexdigest()
        assert self.noted == {"bytes": len(content), "sha256": digest}
        assert self.given == digest


class Overloaded(BaseHTTPRequestHandler):
    """A store that answers 503 to everything."""

    def do_HEAD(self):
        self.send_response(503)
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def overloaded_store():
    with ThreadingHTTPServer(("127.0.0.1", 0), Overloaded) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def a_user_who_is_not_root():
    user = os.geteuid()
    os.seteuid(user or 65_534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def bucket(s3, monkeypatch):
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return s3


def test_a_file_that_is_not_there_is_unreadable(desk):
    assert desk.refused(desk.prefix + "secret.csv") == "input-unreadable"
    assert desk.refused(desk.prefix + "secret/secret.csv") == "input-unreadable"
    assert desk.refused(desk.prefix + "s" * 300) == "input-unreadable"
    desk.put("x.csv", b"1")
    assert desk.refused(desk.prefix + "x.csv/secret.csv") == "input-unreadable"


def test_a_prefix_that_the_worker_does_not_know_is_refused_even_if_the_api_took_it(desk):
    (desk.place / "other").mkdir()
    (desk.place / "other" / "secret.csv").write_bytes(b"1")
    assert desk.refused(f"file://{desk.place}/other/secret.csv") == "input-refused"
    assert desk.refused(f"file://{desk.place}/acme/../other/secret.csv") == "input-refused"


def test_a_link_that_leads_out_of_the_prefix_is_not_followed(desk, tmp_path):
    (tmp_path / "secret.csv").write_bytes(b"1")
    acme = desk.place / "acme"
    (acme / "out").symlink_to(tmp_path)
    (acme / "secret.csv").symlink_to("../../secret.csv")
    (acme / "loop").symlink_to("loop")
    (acme / "self").symlink_to(".")
    for name in ("out/secret.csv", "secret.csv", "loop", "self"):
        assert desk.refused(desk.prefix + name) == "input-unreadable"


def test_a_link_that_stays_below_the_prefix_is_followed(desk):
    (desk.place / "acme" / "2026-11").mkdir()
    desk.put("2026-11/x.csv", b"rows")
    (desk.place / "acme" / "current").symlink_to("2026-11")
    desk.fetch(desk.prefix + "current/x.csv")
    desk.assert_fetched(b"rows")


@pytest.mark.parametrize("kind", ["pipe", "folder", "socket"])
def test_what_is_no_regular_file_is_refused_without_waiting_for_it(desk, kind):
    path = desk.place / "acme" / "secret"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        os.mknod(path, stat.S_IFSOCK | 0o600)
    assert desk.refused(desk.prefix + "secret") == "input-unreadable"


def test_a_file_that_may_not_be_read_is_unreadable(desk):
    desk.put("x.csv", b"1")
    (desk.place / "acme" / "x.csv").chmod(0)
    blocks = local_file.blocks(Source(desk.prefix, "x.csv"), MOST)
    with a_user_who_is_not_root(), pytest.raises(PortfolioError, match="give them access"):
        next(blocks)


def test_a_file_that_is_too_large_is_refused(desk):
    with (desk.place / "acme" / "secret.csv").open("wb") as file:
        file.truncate(MOST + 1)
    assert desk.refused(desk.prefix + "secret.csv") == "too-large"


@pytest.mark.parametrize("how", ["grows", "shrinks", "is written anew"])
def test_a_file_that_changes_while_it_is_read_is_noticed(desk, how):
    size = local_file.BLOCK + 1
    path = desk.place / "acme" / "x.csv"
    desk.put("x.csv", bytes(size))
    os.utime(path, (0, 0))
    blocks = local_file.blocks(Source(desk.prefix, "x.csv"), MOST)
    next(blocks)
    if how == "grows":
        with path.open("ab") as file:
            file.write(b"1")
    elif how == "shrinks":
        os.truncate(path, 1)
    else:
        path.write_bytes(b"1" * size)
    with pytest.raises(PortfolioError) as caught:
        list(blocks)
    assert caught.value.code == "input-changed"


def test_a_fetch_that_nobody_wants_any_more_ends_and_leaves_nothing(desk):
    uri = desk.put("x.csv", b"1")
    for withdrawn_at in (1, 2):  # in the middle, and when all is there
        answers = iter([True] * (withdrawn_at - 1) + [False])
        with pytest.raises(Withdrawn):
            desk.fetch(uri, renew=lambda _, answers=answers: next(answers))
    assert list(desk.folder.path.iterdir()) == []


def test_redis_away_ends_the_fetch_and_leaves_nothing(desk):
    def away(found):
        raise LedgerUnavailable

    with pytest.raises(LedgerUnavailable):
        desk.fetch(desk.put("x.csv", b"1"), renew=away)
    assert list(desk.folder.path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"rows", bytes(local_file.BLOCK * 2 + 1)])
def test_a_file_is_copied_as_it_is(desk, content):
    desk.fetch(desk.put("x.csv", content))
    desk.assert_fetched(content)


def test_an_object_that_is_not_there_is_unreadable(desk, bucket):
    bucket.put("acme/folder/x.csv", b"1")
    for key in ("secret.csv", "folder", "s" * 1_025):
        assert desk.refused(f"s3://{BUCKET}/acme/{key}") == "input-unreadable"
    desk.settings = Settings(campaign_prefixes=("s3://nobodys-bucket/",))
    assert desk.refused("s3://nobodys-bucket/secret.csv") == "input-unreadable"


def test_an_object_that_may_not_be_read_is_unreadable(desk, bucket):
    uri = bucket.put("acme/secret.csv", b"1")
    bucket.demand_permission(True)
    try:
        assert desk.refused(uri) == "input-unreadable"
    finally:
        bucket.demand_permission(False)


def test_an_object_that_is_too_large_is_refused(desk, bucket):
    uri = bucket.put("acme/secret.csv", bytes(2_000))
    desk.settings = desk.settings.model_copy(update={"upload_limit_bytes": 1_999})
    assert desk.refused(uri) == "too-large"


def test_an_object_that_changes_while_it_is_read_is_noticed(desk, bucket):
    size = s3_object.BLOCK + 1
    bucket.put("acme/x.csv", b"1" * size)
    blocks = s3_object.blocks(Source(f"s3://{BUCKET}/acme/", "x.csv"), MOST)
    next(blocks)
    bucket.put("acme/x.csv", b"2" * size)
    with pytest.raises(PortfolioError) as caught:
        list(blocks)
    assert caught.value.code == "input-changed"


def test_a_store_that_does_not_answer_is_away_and_not_the_caller_s_fault(desk, bucket, monkeypatch):
    uri = bucket.put("acme/secret.csv", b"1")
    with monkeypatch.context() as nowhere:
        nowhere.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        with pytest.raises(InputAway, match=r"^EndpointConnectionError$"):
            desk.fetch(uri)
    with monkeypatch.context() as elsewhere, overloaded_store() as url:
        elsewhere.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(InputAway, match=r"^EBUSY$"):
            desk.fetch(uri)
    with monkeypatch.context() as nobody:
        nobody.delenv("AWS_ACCESS_KEY_ID")
        with pytest.raises(InputAway, match=r"^NoCredentialsError$"):
            desk.fetch(uri)
    desk.fetch(uri)
    desk.assert_fetched(b"1")


@pytest.mark.parametrize(
    "content",
    [b"", b"rows", gzip.compress(b"rows" * 1_000), os.urandom(s3_object.BLOCK * 2 + 1)],
    ids=["empty", "small", "gzip", "three requests"],
)
def test_an_object_is_copied_as_it_is(desk, bucket, content):
    desk.fetch(bucket.put("acme/day=1/x.csv", content))
    desk.assert_fetched(content)


def test_who_fetches_nothing_from_s3_does_not_load_its_libraries():
    program = "import sys, worker.campaigns.app; print({'s3fs', 'botocore'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"
