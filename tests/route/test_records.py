"""The whole way of a decision record: over HTTP into the archive, and found there."""

import time

import pytest

from protocol.artefact import read_manifest
from records import search
from records.chain import verify
from records.folder import Folder
from tests.campaigns.archives import CANARY, WORDS
from tests.conftest import caller, make_service, working


@pytest.fixture(scope="module")
def archiving(folder, artefact):
    running = make_service(folder / "archiving", artefact, archive_s=0.1)
    with working(running):
        yield running


def test_a_score_is_archived_with_what_its_caller_saw(archiving, artefact):
    with caller(archiving) as http:
        score_id = http.submit(CANARY, reference="canary-4711", metadata={"branch": "Lyon"})
        score = http.wait(score_id)
    store = Folder(archiving.settings.records_folder)
    ends = time.monotonic() + 60
    while not (found := list(search.find(store, search.Question(id=score_id)))):
        assert time.monotonic() < ends
        time.sleep(0.05)
    ((record,), manifest) = found, read_manifest(artefact)
    personal = record["personal"]
    assert personal["application"] == CANARY._asdict()
    assert personal["result"] == score["result"]
    assert (personal["reference"], personal["metadata"]) == ("canary-4711", {"branch": "Lyon"})
    evidence = personal["evidence"]
    total = evidence["base"] + sum(evidence["columns"].values())
    assert total == pytest.approx(evidence["logit"], abs=1e-9)
    assert record["model"] == score["model"]
    assert record["libraries"] == manifest.libraries
    assert record["policy"] == score["result"]["policy"]
    assert record["decision"] == score["result"]["decision"]
    assert (record["created_at"], record["finished_at"]) == (
        score["created_at"],
        score["finished_at"],
    )
    assert len(record["actor"]) == 8
    assert verify(store).records == 1
    logs = "".join(path.read_text() for path in archiving.logs.iterdir())
    assert "decision records archived: 1, head 1" in logs
    assert [word for word in WORDS if word in logs] == []
