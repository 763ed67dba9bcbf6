"""What CI and CD call, run for real; deployments against the ECS of moto; workflows linted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError

from deploy.check.stacks import read
from local import key
from tests.campaigns.s3 import Store
from tests.conftest import ROOT

SCRIPTS = ROOT / "scripts" / "ci"
BIN = Path(sys.executable).parent
SERVICES = ("worker", "worker-campaigns", "webhooks", "api")
API, WORKER = (f"registry/mlops_projet/{room}@sha256:" for room in ("api", "worker"))
OLD, NEW = "0" * 64, "1" * 64
#: What ECS does when a new revision does not become healthy: it goes back, and then all is stable.
CIRCUIT_BREAKER = """#!/bin/sh
if [ "$2" = wait ] && mkdir "$BROKEN" 2>/dev/null; then
    "$AWS" ecs update-service --cluster tests --service p-webhooks --task-definition "$OLD" >&2
fi
exec "$AWS" "$@"
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    """An AWS of this file's own; its services run one task each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_ECS_SERVICE_RUNNING", "1")
        store = Store(tmp_path_factory.mktemp("aws"))
        store.start()
    yield store
    store.stop()


def client(aws, service):
    keys = ("tests", "tests")
    return boto3.client(
        service,
        endpoint_url=aws.url,
        region_name="eu-west-3",
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
    )


@pytest.fixture
def ecs(aws):
    """A cluster with the four services, on old images."""
    ecs = client(aws, "ecs")
    ecs.create_cluster(clusterName="tests")
    for service in SERVICES:
        image = (API if service == "api" else WORKER) + OLD
        container = {"name": service, "image": image, "stopTimeout": 60, "user": "10001:10001"}
        secrets = [{"name": "LOANSCORE_REDIS_URL", "valueFrom": "arn:secret"}]
        ecs.register_task_definition(
            family=f"p-{service}",
            cpu="512",
            memory="1024",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            executionRoleArn="arn:aws:iam::123456789012:role/start",
            volumes=[{"name": "tmp"}],
            containerDefinitions=[container | {"secrets": secrets}],
        )
        ecs.create_service(
            cluster="tests",
            serviceName=f"p-{service}",
            taskDefinition=f"p-{service}",
            desiredCount=1,
        )
    yield ecs
    for service in SERVICES:
        ecs.delete_service(cluster="tests", service=f"p-{service}", force=True)
        for arn in ecs.list_task_definitions(familyPrefix=f"p-{service}")["taskDefinitionArns"]:
            ecs.deregister_task_definition(taskDefinition=arn)


def run(script, *arguments, **variables):
    return subprocess.run(
        [SCRIPTS / script, *arguments],
        cwd=ROOT,
        env={"PATH": f"{BIN}:{os.environ['PATH']}"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def running(ecs) -> dict[str, dict]:
    """The task definition of each service, as ECS has it."""
    names = [f"p-{service}" for service in SERVICES]
    found = ecs.describe_services(cluster="tests", services=names)["services"]
    return {
        one["serviceName"].removeprefix("p-"): ecs.describe_task_definition(
            taskDefinition=one["taskDefinition"]
        )["taskDefinition"]
        for one in found
    }


def images(ecs) -> dict[str, str]:
    return {name: task["containerDefinitions"][0]["image"] for name, task in running(ecs).items()}


def wanted(digest: str) -> dict[str, str]:
    return {name: (API if name == "api" else WORKER) + digest for name in SERVICES}


def deploy(aws, state, **variables):
    images = (API + NEW, WORKER + NEW)
    given = aws.environment | {"LOANSCORE_STATE_DIR": str(state)} | variables
    given |= {"AWS_DEFAULT_REGION": "eu-west-3"}
    return run("deploy.sh", "tests", "p", *images, **given)


def test_a_deployment_ends_on_the_new_digests_and_changes_nothing_else(aws, ecs, tmp_path):
    before = running(ecs)
    done = deploy(aws, tmp_path)
    assert done.returncode == 0, done.stderr
    assert images(ecs) == wanted(NEW)
    order = [line.split()[0] for line in (tmp_path / "deployed").read_text().splitlines()]
    assert order == [f"p-{service}" for service in SERVICES]
    for name, task in running(ecs).items():
        old, new = ({**one["containerDefinitions"][0], "image": ""} for one in (before[name], task))
        assert old == new
        kept = ("cpu", "memory", "executionRoleArn", "volumes", "networkMode")
        assert [before[name][one] for one in kept] == [task[one] for one in kept]
        assert task["revision"] == before[name]["revision"] + 1


def test_a_revision_that_ecs_rolled_back_ends_on_the_old_digests_and_fails(aws, ecs, tmp_path):
    (tmp_path / "bin").mkdir()
    path = f"{tmp_path / 'bin'}:{BIN}:{os.environ['PATH']}"
    given = {"PATH": path, "AWS": str(BIN / "aws"), "BROKEN": str(tmp_path / "broken")}
    given["OLD"] = webhooks = running(ecs)["webhooks"]["taskDefinitionArn"]
    (tmp_path / "bin" / "aws").write_text(CIRCUIT_BREAKER)
    (tmp_path / "bin" / "aws").chmod(0o755)
    done = deploy(aws, tmp_path, **given)
    assert done.returncode == 1
    assert f"p-webhooks runs {webhooks}" in done.stderr
    assert images(ecs) == wanted(OLD)
    assert (tmp_path / "broken").is_dir()


def test_a_tag_is_not_deployed(aws, ecs, tmp_path):
    given = aws.environment | {"LOANSCORE_STATE_DIR": str(tmp_path)}
    done = run("deploy.sh", "tests", "p", f"{API}{NEW}", "registry/worker:latest", **given)
    assert (done.returncode, done.stderr) == (2, "deploy: registry/worker:latest is no digest\n")
    assert images(ecs) == wanted(OLD)


def test_a_tag_names_one_image_for_ever_but_for_latest(aws):
    """The repository's properties are the template's, the refusal is moto's."""
    ecr = client(aws, "ecr")
    (_, given), *_ = read(ROOT / "deploy").of("AWS::ECR::Repository")
    filters = [
        {
            "filterType": one["ImageTagMutabilityExclusionFilterType"],
            "filter": one["ImageTagMutabilityExclusionFilterValue"],
        }
        for one in given["ImageTagMutabilityExclusionFilters"]
    ]
    ecr.create_repository(
        repositoryName="mlops_projet/api",
        imageTagMutability=given["ImageTagMutability"],
        imageTagMutabilityExclusionFilters=filters,
    )
    policy = given["LifecyclePolicy"]["LifecyclePolicyText"]
    ecr.put_lifecycle_policy(repositoryName="mlops_projet/api", lifecyclePolicyText=policy)

    def put(number: int, tag: str) -> None:
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        ecr.put_image(
            repositoryName="mlops_projet/api",
            imageManifest=json.dumps({"schemaVersion": 2, "mediaType": kind, "layers": [number]}),
            imageDigest=f"sha256:{number:064}",
            imageTag=tag,
        )

    put(1, "2026-11-25--12-00-00")
    put(2, "latest")
    put(3, "latest")
    with pytest.raises(ClientError, match=r"2026-11-25--12-00-00.* already exists"):
        put(4, "2026-11-25--12-00-00")
    digests = {
        tag: image["imageDigest"]
        for image in ecr.describe_images(repositoryName="mlops_projet/api")["imageDetails"]
        for tag in image["imageTags"]
    }
    assert digests == {"2026-11-25--12-00-00": f"sha256:{1:064}", "latest": f"sha256:{3:064}"}


def test_the_smoke_test_scores_one_and_fails_where_nothing_answers(service):
    given = {"LOANSCORE_API_KEY": key.read(service.settings)}
    done = run("smoke.sh", service.url, **given)
    assert done.returncode == 0, done.stderr
    assert "succeeded sha256:" in done.stdout
    assert run("smoke.sh", service.url, LOANSCORE_API_KEY="ls_wrong").returncode != 0
    assert run("smoke.sh", "http://127.0.0.1:1", RETRIES="0").returncode != 0


def test_docker_hub_is_left_alone_without_a_password():
    done = run("hub.sh", DOCKER_USER="me")
    assert (done.returncode, "not pushed" in done.stdout) == (0, True)


def test_what_an_image_contains_is_what_is_locked_for_its_room(tmp_path):
    (tmp_path / "venv").symlink_to(BIN.parent)
    done = run("scan.sh", "--no-audit", LOANSCORE_STATE_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    for room, within, without in (("api", "flask", "scikit-learn"), ("worker", "numpy", "flask")):
        document = json.loads((tmp_path / "sbom" / f"{room}.json").read_text())
        names = {component["name"] for component in document["components"]}
        assert within in names
        assert {without, "mlflow"}.isdisjoint(names)


def test_the_workflows_are_what_github_takes_and_zizmor_finds_nothing(tmp_path):
    folder = ROOT / ".github" / "workflows"
    schema = ["--builtin-schema", "vendor.github-workflows", "--output-format", "json"]
    broken = tmp_path / "ci.yml"
    broken.write_text((folder / "ci.yml").read_text().replace("runs-on:", "run-on:"))
    command = [BIN / "check-jsonschema", *schema, *sorted(folder.iterdir()), broken]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert {one["filename"] for one in json.loads(done.stdout)["errors"]} == {str(broken)}
    zizmor = [BIN / "zizmor", "--offline", "--quiet"]
    done = subprocess.run([*zizmor, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    text = (folder / "ci.yml").read_text()
    broken.write_text(text.replace("de0fac2e4500dabe0009e67214ff5f5447ce83dd", "v6"))
    done = subprocess.run([*zizmor, broken], capture_output=True, text=True, check=False)
    assert "unpinned-uses" in done.stdout


def test_each_step_of_a_workflow_is_one_line_that_is_tested_elsewhere():
    for path in (ROOT / ".github" / "workflows").iterdir():
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            for step in job.get("steps", []):
                line = step.get("run", "make lint")
                assert line.startswith(("make ", "scripts/ci/")), line
                assert "\n" not in line
                assert "${{" not in line
                script = line.split()[0]
                assert script == "make" or os.access(ROOT / script, os.X_OK)
