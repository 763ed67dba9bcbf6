"""Dockerfiles, scripts, the compose file: linters find nothing, and find what is planted."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

FOLDERS = ("local", "deploy", "scripts")


def run(*command: object, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def test_hadolint_finds_nothing_in_the_dockerfiles_and_a_planted_fault(tmp_path):
    done = run(tool("hadolint"), "Dockerfile.api", "Dockerfile.worker")
    assert (done.returncode, done.stdout) == (0, "")
    text = (ROOT / "Dockerfile.api").read_text()
    (tmp_path / "Dockerfile").write_text(text.replace('CMD ["python", "-m", "api"]', "CMD python"))
    assert "DL3025" in run(tool("hadolint"), tmp_path / "Dockerfile").stdout


def test_shellcheck_finds_nothing_in_the_scripts_and_a_planted_fault(tmp_path):
    scripts = [path for folder in FOLDERS for path in (ROOT / folder).glob("**/*.sh")]
    assert {path.name for path in scripts} >= {"install.sh", "start.sh"}
    done = run(tool("shellcheck"), *scripts, ROOT / ".ci" / "run")
    assert (done.returncode, done.stdout) == (0, "")
    (tmp_path / "a.sh").write_text("#!/bin/sh\nrm -rf $1/\n")
    assert "SC2086" in run(tool("shellcheck"), tmp_path / "a.sh").stdout


@pytest.fixture
def action_validator(tmp_path):
    """A validator of workflows that no Python package has: fetched by its lock, for this test."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, so action-validator cannot be fetched")
    folder = Path(shutil.copytree(ROOT / "tests" / "deploy" / "action_validator", tmp_path / "npm"))
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"action-validator could not be fetched: {done.stderr.splitlines()[:1]}")
    return folder / "node_modules" / ".bin" / "action-validator"


def test_action_validator_finds_nothing_in_the_workflows_and_a_planted_fault(
    action_validator, tmp_path
):
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    assert [path.name for path in workflows] == ["cd.yml", "ci.yml"]
    for workflow in workflows:
        # Its last release is older than this permission; GitHub's own schema knows it.
        text = workflow.read_text().replace("      attestations: write\n", "")
        (tmp_path / workflow.name).write_text(text)
        done = run(action_validator, tmp_path / workflow.name)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
    broken = tmp_path / "broken.yml"
    broken.write_text(workflows[1].read_text().replace("runs-on:", "run-on:"))
    assert run(action_validator, broken).returncode == 1


#: What the schema of compose must find.
UNCOMPOSED = [
    ("cap_drop: [ALL]", "cap_drop: ALL"),
    ("stop_grace_period:", "stop_period:"),
    ("service_healthy", "healthy"),
    ("read_only: true\n  tmpfs", "read_only: [true]\n  tmpfs"),
    ("source: ./var/model", "src: ./var/model"),
]


def test_the_schema_of_compose_takes_the_file_and_no_planted_fault(tmp_path):
    whole = ROOT / "docker-compose.yml"
    text = whole.read_text()
    broken = []
    for number, (old, new) in enumerate(UNCOMPOSED):
        assert old in text
        broken.append(tmp_path / f"{number}.yml")
        broken[-1].write_text(text.replace(old, new))
    schema = ("--builtin-schema", "vendor.compose-spec", "--output-format", "json")
    done = run(tool("check-jsonschema"), *schema, whole, *broken)
    found = {Path(error["filename"]) for error in json.loads(done.stdout)["errors"]}
    assert found == set(broken)
