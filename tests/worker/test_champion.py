"""The champion changes between two tasks, or not at all."""

import json
import logging
import shutil
import threading
from pathlib import Path

import pytest

from protocol.artefact import read_manifest
from protocol.errors import ArtefactError, PromotionError
from protocol.promotions import Model, Promotion, Promotions
from protocol.settings import Settings
from tests.policy import POLICY
from worker.champion import Champion
from worker.model import load_scorer
from worker.shelf import Shelf


@pytest.fixture
def settings(artefact, tmp_path):
    return Settings(storage_dir=tmp_path, model_dir=artefact)


@pytest.fixture
def promote(tmp_path):
    """Make a model the champion, put on the shelf first; None goes back to the deployed folder."""
    promotions = Promotions(tmp_path)

    def promote(folder, action="promote"):
        if folder:
            Shelf(tmp_path).keep(folder, load_scorer(folder, POLICY))
        model = folder and model_of(folder)
        promotions.add(
            Promotion(
                number=promotions.last() + 1, action=action, model=model, at="now", by="tests"
            )
        )

    return promote


def model_of(folder):
    return Model.of(read_manifest(folder))


def digest(champion):
    return champion.scorer.manifest.digest


def on_shelf(storage, folder):
    return storage / "models" / read_manifest(folder).digest.removeprefix("sha256:")


def test_without_a_promotion_the_deployed_folder_is_served(settings, artefact):
    champion = Champion(settings, POLICY)
    champion.look()
    assert digest(champion) == read_manifest(artefact).digest


def test_a_promotion_is_taken_over_and_named(settings, artefact, rival, promote):
    champion = Champion(settings, POLICY)
    before = champion.scorer
    promote(rival)
    assert digest(champion) == read_manifest(artefact).digest  # not before it looks
    champion.look()
    assert digest(champion) == read_manifest(rival).digest
    assert json.loads(champion.identity())["digest"] == read_manifest(rival).digest
    assert before.manifest.digest == read_manifest(artefact).digest  # who holds it goes on with it


def test_a_worker_that_starts_later_serves_the_champion_without_the_folder(
    settings, rival, promote
):
    promote(rival)
    away = settings.model_copy(update={"model_dir": Path("/nowhere")})
    assert digest(Champion(away, POLICY)) == read_manifest(rival).digest


def test_a_rollback_is_taken_over(settings, artefact, rival, promote):
    champion = Champion(settings, POLICY)
    promote(artefact)
    promote(rival)
    champion.look()
    promote(artefact, "rollback")
    champion.look()
    assert digest(champion) == read_manifest(artefact).digest
    promote(None, "rollback")
    champion.look()
    assert digest(champion) == digest(Champion(settings, POLICY)) == read_manifest(artefact).digest


def flip_a_bit(place):
    data = bytearray((place / "model.joblib").read_bytes())
    data[100] ^= 1
    (place / "model.joblib").write_bytes(data)


def cut_short(place):
    (place / "model.joblib").write_bytes((place / "model.joblib").read_bytes()[:-1])


def edited(change):
    def edit(place):
        manifest = json.loads((place / "manifest.json").read_text())
        change(manifest)
        (place / "manifest.json").write_text(json.dumps(manifest))

    return edit


def with_nan(manifest):
    manifest["fold"]["coefficients"][0] = float("nan")


def with_another_coefficient(manifest):
    manifest["fold"]["coefficients"][0] += 1e-6


def of_another_library(manifest):
    manifest["libraries"]["scikit-learn"] = "0.24.2"


BROKEN = {
    "a flipped bit": flip_a_bit,
    "cut short": cut_short,
    "gone": shutil.rmtree,
    "NaN": edited(with_nan),
    "another coefficient": edited(with_another_coefficient),
    "another library": edited(of_another_library),
}


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_a_broken_promotion_changes_nothing_for_who_runs_and_who_starts(
    settings, artefact, rival, promote, spoil, caplog
):
    champion = Champion(settings, POLICY)
    promote(artefact)
    promote(rival)
    spoil(on_shelf(settings.storage_folder, rival))
    with caplog.at_level(logging.ERROR):
        champion.look()
    assert digest(champion) == read_manifest(artefact).digest
    assert "promotion 2: " in caplog.text
    assert f"still serving {read_manifest(artefact).digest}" in caplog.text
    assert digest(Champion(settings, POLICY)) == read_manifest(artefact).digest


def test_a_refused_promotion_is_said_once(settings, rival, promote, caplog):
    champion = Champion(settings, POLICY)
    promote(rival)
    cut_short(on_shelf(settings.storage_folder, rival))
    for _ in range(3):
        champion.look()
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1


def test_a_good_promotion_after_a_broken_one_is_taken_over(settings, artefact, rival, promote):
    champion = Champion(settings, POLICY)
    promote(artefact)
    promote(rival)
    kept = on_shelf(settings.storage_folder, rival)
    whole = (kept / "model.joblib").read_bytes()
    cut_short(kept)
    champion.look()
    (kept / "model.joblib").write_bytes(whole)
    promote(rival)
    champion.look()
    assert digest(champion) == read_manifest(rival).digest


@pytest.mark.parametrize("pinned", ["model_digest", "manifest_digest"])
def test_what_is_pinned_is_served_whatever_is_promoted(settings, artefact, rival, promote, pinned):
    manifest = read_manifest(artefact)
    found = manifest.digest if pinned == "model_digest" else manifest.content_digest
    champion = Champion(settings.model_copy(update={pinned: found}), POLICY)
    promote(rival)
    champion.look()
    assert digest(champion) == manifest.digest


def test_storage_that_is_away_for_a_while_changes_nothing(settings, artefact, rival, promote):
    champion = Champion(settings, POLICY)
    promote(rival)
    folder = settings.storage_folder / "promotions"
    folder.rename(folder.with_name("away"))
    folder.touch()  # reading it fails
    champion.look()
    assert digest(champion) == read_manifest(artefact).digest
    folder.unlink()
    folder.with_name("away").rename(folder)
    champion.look()
    assert digest(champion) == read_manifest(rival).digest
    folder.rename(folder.with_name("away"))
    champion.look()
    assert digest(champion) == read_manifest(rival).digest


def test_a_missing_promotion_is_named_and_stops_a_start(settings, rival, promote):
    promote(rival)
    promote(rival)
    (settings.storage_folder / "promotions" / "000001.json").unlink()
    with pytest.raises(PromotionError, match=r"000001\.json is missing: put it back"):
        Champion(settings, POLICY)


def test_of_two_promotions_at_once_one_is_made(tmp_path, rival):
    promotions, outcomes = Promotions(tmp_path), []
    start = threading.Barrier(8)

    def add(by):
        start.wait()
        try:
            model = model_of(rival)
            promotions.add(Promotion(number=1, action="promote", model=model, at="now", by=f"{by}"))
            outcomes.append(by)
        except PromotionError:
            pass

    threads = [threading.Thread(target=add, args=(by,)) for by in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [promotion.by for promotion in promotions.read()] == list(map(str, outcomes))
    assert len(outcomes) == 1


def test_an_artefact_that_is_gone_and_no_champion_is_refused(settings):
    with pytest.raises(ArtefactError, match="make train"):
        Champion(settings.model_copy(update={"model_dir": Path("/nowhere")}), POLICY)
