"""Schemathesis holds the running service to its own document: every check, every operation."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx
import pytest

from api.openapi import OPERATIONS, document
from local import key
from protocol.key import SCOPES
from protocol.keystore import KeyStore
from protocol.ledger import connect
from tests.api.dead import give_up
from tests.conftest import ROOT, running_service

CHECKS = {
    "allow_header_conformance",
    "content_type_conformance",
    "ensure_resource_availability",
    "ignored_auth",
    "missing_required_header",
    "negative_data_rejection",
    "not_a_server_error",
    "object_level_authorization",
    "positive_data_acceptance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
    "use_after_free",
}
PHASES = {"examples", "coverage", "fuzzing", "stateful"}


@pytest.fixture(scope="module")
def own(folder, artefact):
    """A service with dead letters and a campaign, and without a postman: URLs that are made up are
    not called.
    """
    with running_service(folder / "schema", artefact) as running:
        postman = next(process for process in running.processes if process.name == "webhooks")
        postman.stop()
        running.processes.remove(postman)
        give_up(running.redis_url, key.CLIENT, 20)
        running.start_campaign_worker()
        sent = httpx.post(
            f"{running.url}/v1/campaigns",
            content=document()["components"]["schemas"]["CsvPortfolio"]["examples"][0],
            headers={
                "Authorization": f"Bearer {key.read(running.settings)}",
                "Content-Type": "text/csv",
            },
        )
        assert sent.status_code == 202, sent.text
        yield running


@pytest.fixture(scope="module")
def users(own, folder):
    """A file of two clients' keys; the first may do everything."""
    with connect(own.redis_url) as client:
        another = KeyStore(client).create("another", SCOPES[:2]).secret
    secrets = {"one": key.read(own.settings), "another": another}
    users = [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {secret}"}]}
        for name, secret in secrets.items()
    ]
    file = folder / "users.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({"auth": users}), encoding="utf-8")
    return file


def closed(schema):
    """The document with every object of an answer closed: a member it does not name is a fault."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: closed(part) for name, part in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        parts.setdefault("additionalProperties", False)
    return parts


class Run:
    """What one run of Schemathesis did, by its own report."""

    def __init__(self, own, users, folder):
        where = folder / "schema-run"
        where.mkdir()
        contract, events = where / "openapi.json", where / "events.ndjson"
        contract.write_text(json.dumps(closed(document())), encoding="utf-8")
        self.done = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                *("--config-file", ROOT / "tests" / "api" / "schemathesis.toml"),
                *("run", contract, "--url", own.url),
                *("--checks", "all", "--phases", ",".join(sorted(PHASES)), "--no-color"),
                *("--report", "ndjson", "--report-ndjson-path", events),
            ],
            cwd=where,
            env={"USERS": str(users), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert events.is_file(), self.done.stdout + self.done.stderr
        self.checks, self.phases, self.statuses = Counter(), Counter(), {}
        for line in events.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            self.seconds = event.get("EngineFinished", {}).get("running_time")
            self._note(event.get("ScenarioFinished", {}))

    def _note(self, scenario):
        recorder = scenario.get("recorder", {})
        self.phases[scenario.get("phase")] += len(recorder.get("cases", ()))
        for checks in recorder.get("checks", {}).values():
            self.checks.update(check["name"] for check in checks)
        for case, interaction in recorder.get("interactions", {}).items():
            made = recorder["cases"].get(case, {}).get("value", {})
            place = f"{made.get('method')} {made.get('path')}"
            if interaction.get("response"):
                seen = self.statuses.setdefault(place, Counter())
                seen[interaction["response"]["status_code"]] += 1


@pytest.fixture(scope="module")
def run(own, users, folder):
    return Run(own, users, folder)


def test_schemathesis_finds_no_fault(run, report):
    assert run.done.returncode == 0, run.done.stdout + run.done.stderr
    cases = ", ".join(f"{run.phases[phase]} {phase}" for phase in sorted(PHASES))
    report(
        f"Schemathesis: {sum(run.phases.values())} cases ({cases}),"
        f" {run.checks.total()} checks in {run.seconds:.0f} s, no fault"
    )


def test_all_that_it_checks_was_on_and_no_operation_was_left_out(run):
    assert f"{len(OPERATIONS)} selected / {len(OPERATIONS)} total" in run.done.stdout
    assert set(run.phases) >= PHASES
    assert set(run.checks) >= CHECKS, CHECKS - set(run.checks)
