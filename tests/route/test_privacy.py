"""Nobody else's data: not in logs, not through another's id."""

from protocol import names
from protocol.application import EXAMPLE
from protocol.ledger import Job, Ledger, connect

#: Values that stand nowhere else.
CANARY = EXAMPLE._replace(income=61_234.5678, total_debt_outstanding=13_579.2468)
WORDS = ("61234.5678", "13579.2468", "canary-4711")


def test_no_log_holds_what_an_applicant_told(http, service):
    for _ in range(20):
        http.wait(http.submit(CANARY, reference="canary-4711", metadata={"note": "canary-4711"}))
    faulty = {"application": CANARY._asdict() | {"fico_score": 0}, "reference": "canary-4711"}
    assert http.post("/v1/scores", json=faulty).status_code == 422
    paths = list(service.logs.iterdir())
    assert {path.stem for path in paths} >= {"redis", "worker", "webhooks", "api"}
    logs = [path.read_text() for path in paths]
    assert [word for word in WORDS for log in logs if word in log] == []


def test_a_job_that_fails_is_logged_without_its_values(http, service):
    score_id = names.new_score_id()
    with connect(service.redis_url) as client:
        ledger = Ledger(client, service.settings)
        broken = (*CANARY[:-1], "canary-4711")
        owner = client.hget(names.JOB + http.submit(EXAMPLE), "owner")
        ledger.accept([Job(score_id, broken)], owner)
    score = http.wait(score_id)
    assert (score["status"], score["error"]["code"]) == ("failed", "scoring-failed")
    logs = "".join(path.read_text() for path in service.logs.iterdir())
    assert score_id in logs
    assert [word for word in WORDS if word in logs] == []


def test_anothers_score_is_a_404_like_one_that_never_was(http, service):
    score_id = names.new_score_id()
    with connect(service.redis_url) as client:
        Ledger(client, service.settings).accept([Job(score_id, EXAMPLE)], "somebody else")
    foreign = http.get(f"/v1/scores/{score_id}")
    unknown = http.get(f"/v1/scores/{names.new_score_id()}")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["detail"] == unknown.json()["detail"]
