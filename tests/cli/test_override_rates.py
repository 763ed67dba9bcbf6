"""Overrides in the archive: one chain with the scores, found, counted, erased and dropped."""

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from protocol import names
from protocol.application import EXAMPLE
from protocol.ledger import Completion, Job, Ledger
from protocol.overrides import Happened, Override, Overrides, Verdict
from protocol.record_stream import RecordStream
from protocol.settings import Settings
from protocol.states import State
from records import erasure, retention, search, table
from records.chain import BrokenChain, verify
from records.folder import Folder
from records.override_rates import Scored, rates
from tests.conftest import ROOT, STATE, environment
from worker.campaigns.archiver import Archiver

POLICY = '{"version": "2026-3", "digest": "sha256:00", "second_person_above": 50000}'
NOTE = "canary-4711 knows the director"


@pytest.fixture
def settings(redis_url, tmp_path):
    return Settings(redis_url=redis_url, storage_dir=tmp_path)


@pytest.fixture
def archive(client, settings):
    return lambda: Archiver(RecordStream(client, settings), settings).look()


@pytest.fixture
def run(redis_url, settings):
    """Run ./loanscore records with arguments; gives what it says."""

    def run(*arguments):
        done = subprocess.run(
            [ROOT / "loanscore", "records", *map(str, arguments)],
            env=environment(
                redis_url=redis_url,
                state_dir=STATE.resolve(),
                storage_dir=settings.storage_dir,
            ),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def store(settings):
    return Folder(settings.records_folder)


class Desk:
    """Scores and the people who override them."""

    def __init__(self, client, settings):
        self.ledger = Ledger(client, settings)
        self.overrides = Overrides(client, settings)

    def score(self, decision, number=1, amount=4_200.0):
        ids = []
        for _ in range(number):
            application = EXAMPLE._replace(loan_amt_outstanding=amount)
            job = Job(names.new_score_id(), application, "LOS-1")
            self.ledger.accept([job], "acme-los")
            model = {"name": "m", "version": "7", "digest": "sha256:11"}
            answer = json.dumps({"result": {"decision": decision}, "model": model})
            (claim,) = self.ledger.claim(stay_awake=False)
            self.ledger.complete([Completion(claim, State.SUCCEEDED, answer)])
            ids.append(job.id)
        return ids

    def override(self, score_id, decision, code):
        made = Override(
            names.new_override_id(), score_id, decision, code, "{}", NOTE, POLICY, 50_000.0
        )
        happened = self.overrides.request(made, "acme-los", "adviser").happened
        assert happened == Happened.REQUESTED
        return made.id

    def settle(self, override_id, verdict):
        said = self.overrides.settle(override_id, "acme-los", verdict, "second", NOTE)
        assert said == Happened.SETTLED


@pytest.fixture
def desk(client, settings):
    return Desk(client, settings)


def found(store, **asked):
    return list(search.find(store, search.Question(**asked)))


def a_days_work(desk):
    """What the counts below were counted from by hand."""
    approved, declined = desk.score("approve", 90), desk.score("decline", 40)
    reviewed, large = desk.score("review", 50), desk.score("decline", 20, 60_000.0)
    for score_id in declined[:6]:
        desk.override(score_id, "approve", "GUARANTOR")
    for score_id in declined[6:8]:
        desk.override(score_id, "approve", "COLLATERAL")
    for score_id in approved[:3]:
        desk.override(score_id, "decline", "FRAUD_SUSPICION")
    for score_id in reviewed[:5]:
        desk.override(score_id, "approve", "POLICY_EXCEPTION")
    desk.override(declined[0], "decline", "POLICY_EXCEPTION")  # taken back: not overridden
    desk.override(declined[1], "decline", "POLICY_EXCEPTION")
    desk.override(declined[1], "approve", "COLLATERAL")  # and again: the last reason counts
    desk.override(reviewed[0], "decline", "ADVERSE_INFORMATION")
    waiting = [desk.override(score_id, "approve", "GUARANTOR") for score_id in large[:7]]
    for override_id in waiting[:4]:
        desk.settle(override_id, Verdict.APPROVED)
    for override_id in waiting[4:6]:
        desk.settle(override_id, Verdict.REJECTED)
    return declined, large


COUNTED = {
    "scored": {"approve": 90, "review": 50, "decline": 60},
    "overridden": 19,  # 7 of the small declined ones, 4 of the large, 3 approved, 5 reviewed
    "share": 19 / 200,
    "directions": [
        {"direction": "low-side", "overridden": 11, "of": 60, "share": 11 / 60},
        {"direction": "high-side", "overridden": 3, "of": 90, "share": 3 / 90},
        {"direction": "from-review", "overridden": 5, "of": 50, "share": 5 / 50},
    ],
    "reasons": [
        {"reason": "GUARANTOR", "direction": "low-side", "overridden": 8, "share": 8 / 200},
        {"reason": "POLICY_EXCEPTION", "direction": "from-review", "overridden": 4,
         "share": 4 / 200},
        {"reason": "COLLATERAL", "direction": "low-side", "overridden": 3, "share": 3 / 200},
        {"reason": "FRAUD_SUSPICION", "direction": "high-side", "overridden": 3, "share": 3 / 200},
        {"reason": "ADVERSE_INFORMATION", "direction": "from-review", "overridden": 1,
         "share": 1 / 200},
    ],
    "second_person": {"asked": 7, "approved": 4, "rejected": 2, "open": 1},
}  # fmt: skip


def test_a_days_work_is_one_chain_counted_as_by_hand_and_forgotten_where_asked(
    desk, archive, store, run, report
):
    declined, large = a_days_work(desk)
    archive()
    verified = verify(store)
    # 16 in force at once, 4 superseding ones of two records each, 7 that wait, 6 settled
    assert verified.records == 200 + 16 + 8 + 7 + 6
    assert rates(store, Scored()) == COUNTED
    today = datetime.now(UTC).date()
    shown = run("overrides", "--from", today, "--to", today, "--json")
    assert json.loads(shown) == {"from": str(today), "to": str(today)} | COUNTED
    day = timedelta(days=1)
    for nothing in (Scored(last=today - day), Scored(first=today + day)):
        empty = rates(store, nothing)
        assert (empty["overridden"], empty["share"], empty["reasons"]) == (0, None, [])
    page = run("overrides")
    assert "200 scored: 90 approve, 50 review, 60 decline\n19 overridden (9.5%)\n" in page
    assert "second person: 7 asked, 4 approved, 2 rejected, 1 open" in page
    report(f"records: {verified.records} of scores and overrides verified as one chain")

    records = found(store, id=declined[1])
    assert [(one["class"], one["state"]) for one in records] == [
        ("score", "succeeded"), ("override", "in-force"), ("override", "superseded"),
        ("override", "in-force"), ("override", "superseded"), ("override", "in-force"),
    ]  # fmt: skip
    public = records[3]["override"]
    assert (public["direction"], public["before"]) == ("restored", "approve")
    assert public["requested_by"] == records[3]["actor"] == "adviser"
    assert records[3]["policy"] == json.loads(POLICY)
    assert records[3]["personal"] == {"reference": "LOS-1", "exposure": 4_200.0, "note": NOTE}
    rejected = json.loads(run("find", "--class", "override", "--state", "rejected", "--json"))
    assert [one["personal"]["note"] for one in rejected] == [NOTE] * 2
    assert len(found(store, record_class="score")) == 200

    desk.override(declined[0], "approve", "COLLATERAL")  # waits to be archived
    both = json.loads(run("find", "--id", declined[0], "--json"))
    assert [one["state"] for one in both if one["seq"] is None] == ["superseded", "in-force"]
    assert len(both) == 6
    erased = [declined[0], large[0]]
    run("erase", "--id", erased[0], "--id", erased[1])
    archive()
    for score_id in erased:
        records = found(store, id=score_id)
        assert len(records) == {erased[0]: 6, erased[1]: 3}[score_id]
        assert {one["personal"] for one in records} == {None}
    assert verify(store).records == verified.records + 2
    named = erasure.ids_of(store, "acme-los", "LOS-1")
    assert not named & set(erased)
    erasure.erase(store, named)
    everything = b"".join(path.read_bytes() for path in store.path.rglob("*.parquet"))
    assert b"canary-4711" not in everything
    assert verify(store).erased == verified.records + 2


def test_an_altered_override_is_found_and_named(desk, archive, store):
    (score_id,) = desk.score("decline")
    desk.override(score_id, "approve", "GUARANTOR")
    archive()
    (file,) = store.files()
    frame = table.read(file)
    forged = frame.with_columns(frame["public"].str.replace("GUARANTOR", "COLLATERAL"))
    table.replace(file.path, forged)
    with pytest.raises(BrokenChain, match=f"seq 2, id {score_id}: link"):
        verify(store)


@pytest.mark.parametrize(("days", "kept"), [(None, 760), (5, 5), (2_000, 2_000)])
def test_the_note_goes_when_its_class_is_over(desk, client, settings, store, *, days, kept):
    given = settings.model_copy(update={"record_days_override": days})
    (score_id,) = desk.score("decline")
    desk.override(score_id, "approve", "GUARANTOR")
    Archiver(RecordStream(client, given), given).look()
    (store.path / "retention.json").unlink()
    today = datetime.now(UTC).date()
    archiver = Archiver(RecordStream(client, given), given)
    for past, left in ((kept, True), (kept + 1, False)):
        retention.apply(store, archiver._kept, today + timedelta(days=past))
        records = found(store, record_class="override")
        assert bool(records and records[0]["personal"]) is left
