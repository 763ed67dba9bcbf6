"""Files of a campaign: interrupted, damaged, changed, and whole at last."""

import base64
import hashlib

import pytest
from loanscore_client import ApiError, Client, Conflict, ConnectionFailed, Damaged

from tests.python_client.conftest import KEY
from tests.python_client.test_campaigns import ID

FILE = bytes(range(256)) * 4_000


def named(content=FILE, **more):
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return {
        "ETag": '"v1"',
        "Repr_Digest": f"sha-256=:{digest}:",
        "Content_Disposition": f'attachment; filename="{ID}-results.csv"',
        **more,
    }


def rest(script, start, content=FILE, **more):
    """Answer a request for what comes from `start` on."""
    size = len(content)
    found = named(content, Content_Range=f"bytes {start}-{size - 1}/{size}", **more)
    return script.then(206, content[start:], "text/csv", **found)


@pytest.fixture
def impatient(script, clock):
    """A client that does not try again."""
    with Client(script.url, KEY, retries=0, _clock=clock) as client:
        yield client


def test_a_damaged_file_is_noticed_and_thrown_away(script, scripted_client, tmp_path):
    script.then(200, FILE[:-1] + b"?", "text/csv", **named(X_Request_Id="abc-1"))
    with pytest.raises(Damaged, match=r"damaged-file: .* \(request abc-1\)"):
        scripted_client.campaigns.download(ID, "results", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_leaves_the_earlier_one_in_place(script, scripted_client, tmp_path):
    (tmp_path / "results.csv").write_bytes(b"earlier")
    script.then(200, b"?", "text/csv", **named())
    with pytest.raises(Damaged):
        scripted_client.campaigns.download(ID, "results", tmp_path / "results.csv")
    assert (tmp_path / "results.csv").read_bytes() == b"earlier"


def test_a_file_without_a_digest_is_not_believed(script, scripted_client, tmp_path):
    script.then(200, FILE, "text/csv", ETag='"v1"').then(200, FILE, Repr_Digest="md5=:AA==:")
    for _ in range(2):
        with pytest.raises(ApiError, match="unreadable-answer"):
            scripted_client.campaigns.download(ID, "results", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_download_goes_on_where_it_broke_off(script, scripted_client, tmp_path):
    script.cut(200, FILE[:300_000], len(FILE), **named())
    rest(script, 299_999)
    heard = []
    path = scripted_client.campaigns.download(
        ID, "results", tmp_path, lambda *told: heard.append(told)
    )
    assert path == tmp_path / "results.csv"
    assert path.read_bytes() == FILE
    assert [one.name for one in tmp_path.iterdir()] == ["results.csv"]
    assert script.seen[1].headers["range"] == "bytes=299999-"
    assert script.seen[1].headers["if-range"] == '"v1"'
    assert heard[-1] == (len(FILE), len(FILE))


def test_another_run_goes_on_with_the_part_of_the_first(script, impatient, tmp_path):
    script.cut(200, FILE[:300_000], len(FILE), **named())
    with pytest.raises(ConnectionFailed):
        impatient.campaigns.download(ID, "results", tmp_path / "my.csv")
    assert (tmp_path / "my.csv.part").stat().st_size == 300_000
    rest(script, 299_999)
    assert impatient.campaigns.download(ID, "results", tmp_path / "my.csv").read_bytes() == FILE
    assert [one.name for one in tmp_path.iterdir()] == ["my.csv"]


def test_a_file_that_changed_meanwhile_is_begun_anew(script, impatient, tmp_path):
    script.cut(200, FILE[:300_000], len(FILE), **named())
    with pytest.raises(ConnectionFailed):
        impatient.campaigns.download(ID, "results", tmp_path)
    script.then(200, b"another", "text/csv", **named(b"another", ETag='"v2"'))
    assert impatient.campaigns.download(ID, "results", tmp_path).read_bytes() == b"another"


def test_a_part_that_is_whole_already_asks_for_its_last_byte(script, impatient, tmp_path):
    (tmp_path / "results.part").write_bytes(FILE)
    (tmp_path / "results.part.etag").write_text('"v1"')
    rest(script, len(FILE) - 1)
    assert impatient.campaigns.download(ID, "results", tmp_path).read_bytes() == FILE
    assert script.seen[0].headers["range"] == f"bytes={len(FILE) - 1}-"


def test_a_part_of_unknown_origin_is_not_continued(script, impatient, tmp_path):
    (tmp_path / "results.part").write_bytes(b"whatever")
    script.then(200, FILE, "text/csv", **named())
    assert impatient.campaigns.download(ID, "results", tmp_path).read_bytes() == FILE
    assert "range" not in script.seen[0].headers


def test_a_download_that_gets_on_is_not_given_up(script, scripted_client, tmp_path):
    script.cut(200, FILE[:1_000], len(FILE), **named())
    for start in range(999, 20_000, 999):
        size = len(FILE)
        found = named(Content_Range=f"bytes {start}-{size - 1}/{size}")
        script.cut(206, FILE[start : start + 1_000], size - start, **found)
    rest(script, start + 999)
    path = scripted_client.campaigns.download(ID, "results", tmp_path)
    assert path.read_bytes() == FILE
    assert len(script.seen) > 20


def test_a_download_that_does_not_get_on_is(script, scripted_client, tmp_path, clock):
    for _ in range(6):
        script.drop()
    with pytest.raises(ConnectionFailed):
        scripted_client.campaigns.download(ID, "results", tmp_path)
    assert len(script.seen) == 6


def test_what_is_here_already_is_not_fetched_again(script, scripted_client, tmp_path):
    (tmp_path / "results.csv").write_bytes(FILE)
    script.cut(200, FILE[:10], len(FILE), **named())
    assert scripted_client.campaigns.download(ID, "results", tmp_path).read_bytes() == FILE
    assert [one.name for one in tmp_path.iterdir()] == ["results.csv"]
    assert len(script.seen) == 1


def test_an_empty_file_is_a_file(script, scripted_client, tmp_path):
    script.then(200, b"", "text/csv", **named(b""))
    assert scripted_client.campaigns.download(ID, "unprocessed", tmp_path).read_bytes() == b""


def test_a_name_the_service_gives_leads_nowhere_else(script, scripted_client, tmp_path):
    script.then(200, FILE, **named(Content_Disposition='attachment; filename="../../x/../.y"'))
    path = scripted_client.campaigns.download(ID, "results", tmp_path)
    assert path.parent == tmp_path
    assert path.name in {"results", "results.y"}


def test_files_that_are_not_there_yet_are_said_so(script, scripted_client, tmp_path):
    script.problem(409, "not-finished")
    with pytest.raises(Conflict, match="409 not-finished"):
        scripted_client.campaigns.download(ID, "results", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_kind_is_a_word(script, scripted_client, tmp_path):
    with pytest.raises(ValueError, match="no such file"):
        scripted_client.campaigns.download(ID, "../x", tmp_path)
    assert script.seen == []


def test_a_folder_that_is_not_there_is_the_callers_error(script, scripted_client, tmp_path):
    script.then(200, FILE, **named())
    with pytest.raises(OSError, match="No such file"):
        scripted_client.campaigns.download(ID, "results", tmp_path / "none" / "results.csv")
