"""A worker that copies its model from S3 when it starts: a real store, a real worker."""

import pytest

from protocol.artefact import MANIFEST_FILE, MODEL_FILE, read_manifest, read_verified
from protocol.errors import ArtefactError
from protocol.figures import read_figures
from tests.campaigns.s3 import BUCKET
from tests.conftest import make_service
from worker import depot
from worker.depot import fetch_model

URI = f"s3://{BUCKET}/models/one/"


@pytest.fixture
def stored(s3, artefact, monkeypatch):
    """The artefact in the store, which this process is told of."""
    for name in (MODEL_FILE, MANIFEST_FILE):
        s3.put(f"models/one/{name}", (artefact / name).read_bytes())
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return s3


def test_what_is_fetched_is_the_artefact_and_takes_the_place_of_an_older_one(
    stored, artefact, tmp_path
):
    (tmp_path / MODEL_FILE).write_bytes(b"older")
    fetch_model(URI, tmp_path)
    assert read_verified(tmp_path) == read_verified(artefact)
    assert {path.name for path in tmp_path.iterdir()} == {MODEL_FILE, MANIFEST_FILE}


def test_what_is_for_people_comes_along_and_nothing_of_the_model_before_stays(
    stored, artefact, tmp_path
):
    stored.put("models/one/figures.json", (artefact / "figures.json").read_bytes())
    (tmp_path / "figures.json").write_text("older")
    (tmp_path / "card.md").write_text("older")
    fetch_model(URI, tmp_path)
    manifest = read_manifest(artefact)
    assert read_figures(tmp_path, manifest.digest) == read_figures(artefact, manifest.digest)
    assert not (tmp_path / "card.md").exists()


@pytest.mark.parametrize("uri", [f"s3://{BUCKET}/models/none/", "s3://no-such-bucket/"])
def test_a_model_that_is_not_there_is_named_with_the_remedy(stored, tmp_path, uri):
    with pytest.raises(ArtefactError, match=f"{uri}{MODEL_FILE} .*LOANSCORE_MODEL_URI"):
        fetch_model(uri, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_refused_permission_and_a_store_that_is_away_are_named_too(stored, tmp_path, monkeypatch):
    stored.demand_permission(wanted=True)
    try:
        with pytest.raises(ArtefactError, match="PermissionError"):
            fetch_model(URI, tmp_path)
    finally:
        stored.demand_permission(wanted=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(ArtefactError, match="could not be copied"):
        fetch_model(URI, tmp_path)


def test_what_is_too_large_for_a_model_is_not_fetched(stored, tmp_path, monkeypatch):
    monkeypatch.setattr(depot, "MOST", 10)
    with pytest.raises(ArtefactError, match="more than 10 bytes"):
        fetch_model(URI, tmp_path)


def test_a_worker_serves_the_model_of_the_store(stored, artefact, folder):
    service = make_service(folder / "depot", folder / "depot-model", model_uri=URI)
    service.environment |= stored.environment
    try:
        service.start()
        assert read_manifest(artefact).digest in (service.logs / "worker.log").read_text()
    finally:
        service.stop()
