"""A promotion and a rollback under load: no error, no answer and no campaign of two models.

`make promotion` has the load last for 60 s: PROMOTION_S, of which a third is before the promotion,
a third between it and the rollback, and a third behind it.
"""

import os
import subprocess
import sys
import threading
import time
from collections import Counter

import numpy as np
import polars as pl
import pytest

from protocol.application import EXAMPLE
from protocol.artefact import read_manifest
from protocol.promotions import Model, Promotion, Promotions
from tests.campaigns.conftest import portfolio
from tests.conftest import ROOT, caller, environment, make_service, working
from tests.policy import POLICY
from worker import scorecard
from worker.model import load_scorer
from worker.shelf import Shelf

CALLERS = 4
#: How long the load lasts at least, s; unset, no longer than it takes to see what must be seen.
LASTS_S = float(os.environ.get("PROMOTION_S") or 0)
#: Of the campaign; more of them where it has time.
ROWS = 20_000 + int(LASTS_S) * 500


@pytest.fixture(scope="module")
def fleet(folder, artefact):
    """Two workers of scores and one of campaigns."""
    running = make_service(folder / "fleet", artefact, sweep_s=0.1, chunk_bytes=20_000)
    with working(running):
        running.start_worker("second")
        yield running


def promote(fleet, folder):
    storage, manifest = fleet.settings.storage_folder, read_manifest(folder)
    Shelf(storage).keep(folder, load_scorer(folder, POLICY))
    model = Model.of(manifest)
    promotions = Promotions(storage)
    promotions.add(
        Promotion(number=promotions.last() + 1, action="promote", model=model, at="now", by="tests")
    )


def loanscore(fleet, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env=environment(state_dir=fleet.settings.state_dir),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Load:
    """Callers who submit and wait, one application after the other, until they are stopped."""

    def __init__(self, fleet):
        self.answers, self.errors, self.waits = [], [], []
        self._fleet, self._stopping = fleet, threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(n,)) for n in range(CALLERS)]

    def __enter__(self):
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self.seconds = time.monotonic() - self._began

    @property
    def told(self):
        """What came of it, for people."""
        return (
            f"{len(self.answers)} answers in {self.seconds:.0f} s, {len(self.errors)} errors,"
            f" the slowest answer after {max(self.waits):.2f} s"
        )

    def _call(self, seed):
        dice = np.random.default_rng(seed)
        with caller(self._fleet) as http:
            while not self._stopping.is_set():
                application = EXAMPLE._replace(
                    credit_lines_outstanding=int(dice.integers(0, 6)),
                    income=float(dice.uniform(1e4, 1e5)),
                )
                sent = time.monotonic()
                try:
                    score = http.wait(http.submit(application))
                    self.answers.append((application, score))
                    self.waits.append(time.monotonic() - sent)
                except Exception as error:  # noqa: BLE001 - whatever it is, a caller met it
                    self.errors.append(repr(error))

    def last(self, share):
        """Go on until so much of the load's time is over."""
        while time.monotonic() < self._began + share * LASTS_S:
            assert self.errors == []
            time.sleep(0.02)

    def wait_for(self, digest, count=30):
        """Wait until so many answers are of a model."""
        ends = time.monotonic() + 60
        while Counter(of(score) for _, score in self.answers)[digest] < count:
            assert self.errors == []
            assert time.monotonic() < ends, f"too few answers of {digest}"
            time.sleep(0.02)

    def wait_until_all_are_of(self, digest, count=200):
        """Wait until the last answers are of one model: every worker has taken it over."""
        ends = time.monotonic() + 60
        while {of(score) for _, score in self.answers[-count:]} != {digest}:
            assert self.errors == []
            assert time.monotonic() < ends, f"not all answers are of {digest}"
            time.sleep(0.02)


def of(score):
    return score["model"]["digest"]


def test_no_answer_and_no_campaign_is_of_two_models(fleet, artefact, rival, report):
    scorers = {load_scorer(path, POLICY).manifest.digest: path for path in (artefact, rival)}
    first, second = (read_manifest(path).digest for path in (artefact, rival))
    with Load(fleet) as load, caller(fleet) as http:
        load.wait_for(first)
        load.last(1 / 3)
        campaign = paused(http, ROWS)
        promote(fleet, rival)
        load.wait_until_all_are_of(second)
        turned(http, campaign, "resume")
        load.last(2 / 3)
        loanscore(fleet, "rollback", "--note", "tests")
        load.wait_until_all_are_of(first)
        load.last(1)
    with caller(fleet) as http:
        document = reached(http, campaign, "succeeded", "failed")
        results = pl.read_csv(http.get(f"/v1/campaigns/{campaign}/results").content)
    assert load.errors == []
    assert {score["status"] for _, score in load.answers} == {"succeeded"}
    for digest, path in scorers.items():
        check_reproducible([one for one in load.answers if of(one[1]) == digest], path)
    assert document["status"] == "succeeded"
    assert set(results["model_digest"]) == {document["model"]["digest"]} == {first}
    of_each = Counter(of(score) for _, score in load.answers)
    report(
        f"promotion and rollback: {load.told}; "
        + ", ".join(f"{count} by one model" for count in of_each.values())
        + f", each what the model it names gives; a campaign of {results.height} rows by one model"
    )


def check_reproducible(answers, path):
    """Each answer is what the model it names gives, to the last bit."""
    scorer = load_scorer(path, POLICY)
    assert answers
    rows = np.array([application for application, _ in answers], dtype=np.float64)
    found = scorer.explained(rows)
    pds = scorer.probability(found.logits)
    for place, (application, score) in enumerate(answers):
        expected = scorecard.result(
            application,
            float(found.logits[place]),
            float(pds[place]),
            found.fields[place].tolist(),
            scorer,
        )
        assert score["result"] == expected
        assert score["model"] == scorecard.made_by(scorer)


def paused(http, rows):
    """A campaign that is planned and has not scored its last chunk."""
    content, headers = portfolio(rows), {"Content-Type": "text/csv"}
    answer = http.post("/v1/campaigns", content=content, headers=headers)
    assert answer.status_code == 202, answer.text
    campaign = answer.json()["id"]
    reached(http, campaign, "running")
    turned(http, campaign, "pause")
    chunks = reached(http, campaign, "paused")["chunks"]
    assert chunks["done"] < chunks["total"]
    return campaign


def turned(http, campaign, what):
    answer = http.post(f"/v1/campaigns/{campaign}/{what}")
    assert answer.status_code == 200, answer.text


def reached(http, campaign, *states):
    ends = time.monotonic() + 120
    while (document := http.get(f"/v1/campaigns/{campaign}").json())["status"] not in states:
        assert time.monotonic() < ends
        time.sleep(0.02)
    return document


def test_a_broken_model_promoted_by_force_changes_nothing(fleet, artefact, rival, report):
    manifest, storage = read_manifest(rival), fleet.settings.storage_folder
    kept = storage / "models" / manifest.digest.removeprefix("sha256:") / "model.joblib"
    Shelf(storage).keep(rival, load_scorer(rival, POLICY))
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-1])
    before = Promotions(storage).last()
    try:
        model = Model.of(manifest)
        with Load(fleet) as load:
            load.last(1 / 2)
            Promotions(storage).add(
                Promotion(
                    number=before + 1, action="promote", model=model, at="now", by="x", forced=True
                )
            )
            wait_for_refusals(fleet, before + 1, workers=3)
            load.wait_for(read_manifest(artefact).digest)
            load.last(1)
    finally:
        kept.write_bytes(whole)
    assert load.errors == []
    assert {of(score) for _, score in load.answers} == {read_manifest(artefact).digest}
    check_reproducible(load.answers, artefact)
    report(f"broken model promoted by force: {load.told}; all by the model before it")


def wait_for_refusals(fleet, number, workers):
    ends = time.monotonic() + 60
    refused = f"promotion {number}: "
    while sum(refused in path.read_text() for path in fleet.logs.iterdir()) < workers:
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_the_list_of_promotions_names_each_and_the_champion(fleet, artefact):
    shown = loanscore(fleet, "models")
    assert "rollback" in shown
    assert "tests" in shown
    assert shown.splitlines()[0].split()[:3] == ["number", "at", "action"]
