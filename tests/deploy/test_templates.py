"""The templates: cfn-lint and the contract check find nothing, and every planted fault is found."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.check.__main__ import faults
from deploy.check.stacks import NAMES, read
from tests.conftest import ROOT

TEMPLATES = ROOT / "deploy"
#: What the contract check must find: template, text, what is put in its place, word of the fault.
BROKEN = [
    ("services", 'Cpu: "512"\n      Memory: "1024"', 'Cpu: "512"\n      Memory: "512"', "512 MiB"),
    ("services", "          StopTimeout: 60\n", "          StopTimeout: 30\n", "StopTimeout"),
    ("services", "          StopTimeout: 120", "          StopTimeout: 999", "StopTimeout"),
    ("services", "ContainerName: api, ", "ContainerName: web, ", "no container web:5000"),
    ("services", "ContainerPort: 5000, Target", "ContainerPort: 8000, Target", "api:8000"),
    ("services", "TargetType: ip", "TargetType: instance", "TargetType"),
    ("services", "HealthCheckPath: /readyz", "HealthCheckPath: /healthz", "/healthz"),
    ("services", "[CMD, python, -m, api.alive]", "[python, -m, api.alive]", "begin with CMD"),
    ("services", "[CMD, python, -m, api.alive]", "[CMD, python, -m, api.live]", "api.live"),
    (
        "services",
        "      ExecutionRoleArn: !GetAtt ExecutionRole.Arn\n      Volumes: [{Name: tmp}]",
        "      Volumes: [{Name: tmp}]",
        "ExecutionRoleArn",
    ),
    ("services", "ReadonlyRootFilesystem: true", "ReadonlyRootFilesystem: false", "Readonly"),
    ("services", 'User: "10001:10001"', "User: root", "User"),
    ("services", "Drop: [ALL]", "Drop: [NET_RAW]", "Drop"),
    ("services", ", {SourceVolume: storage, ContainerPath: /storage}]", "]", "volume storage"),
    ("services", "TransitEncryption: ENABLED", "TransitEncryption: DISABLED", "TransitEncryption"),
    ("services", "LOANSCORE_GAUGES_NAMESPACE", "LOANSCORE_GAUGE_NAMESPACE", "no setting"),
    ("services", "Image: !Ref ApiImage", "Image: loanscore/api:latest", "digests only"),
    ("services", "Enable: true, Rollback: true", "Enable: true, Rollback: false", "CircuitBreaker"),
    ("services", "AssignPublicIp: DISABLED", "AssignPublicIp: ENABLED", "AssignPublicIp"),
    ("services", "Protocol: HTTPS\n", "Protocol: HTTP\n", "over TLS only"),
    ("services", "ecs:service:DesiredCount", "ecs:task:DesiredCount", "scaling dimension"),
    ("services", '${ApiService.Name}"\n      Min', '${ApiTask.Name}"\n      Min', "ResourceId"),
    ("services", "IF(workers > 0, backlog / workers, backlog)", "backlog / workers", "no value"),
    ("services", "ScaleInCooldown: 300", "ScaleInCooldown: 10", "drain"),
    ("services", "MetricName: Backlog", "MetricName: QueueDepth", "nothing writes QueueDepth"),
    ("services", "Value: campaigns}", "Value: bulk}", "Lane bulk"),
    ("services", "TreatMissingData: breaching", "TreatMissingData: ignore", "silence"),
    ("services", '"DeadLetters", "Lane"', '"Letters", "Lane"', "nothing writes Letters"),
    ("services", '"Workers", "Lane", "campaigns"]', '"Workers", "Lane", "campaigns"', "dashboard"),
    ("services", 'Action: "s3:GetObject"', 'Action: "s3:*"', "wildcard"),
    (
        "services",
        'Action: "iam:PassRole"\n                Resource: [',
        'Action: "iam:PassRole"\n                Resource: "*"\n                NotResource: [',
        "every resource",
    ),
    ("services", ":environment:prod", ":*", "environment prod"),
    ("services", 'aud": sts.amazonaws.com', 'aud": any', "aud"),
    ("services", "${Data}-ApiUrl", "${Data}-ApiSecret", "does not export"),
    ("services", "RetentionInDays: 30", "Tags: []", "RetentionInDays"),
    ("data", "maxmemory-policy: noeviction", "maxmemory-policy: volatile-lru", "noeviction"),
    ("data", "      CacheParameterGroupName: !Ref Policy\n", "", "noeviction"),
    ("data", "TransitEncryptionEnabled: true", "TransitEncryptionEnabled: false", "Transit"),
    ("data", "MultiAZEnabled: true", "MultiAZEnabled: false", "MultiAZ"),
    ("data", " +evalsha", " +eval +evalsha", "users.acl"),
    ("data", "      UserGroupIds: [!Ref Users]\n", "", "UserGroupIds"),
    ("data", "      Encrypted: true\n", "      Encrypted: false\n", "Encrypted"),
    ("foundation", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE", "IMMUTABLE"),
    ("foundation", '"countUnit": "days", ', "", "countUnit"),
    ("foundation", '"type": "expire"}},', '"type": "expire"}}', "no JSON"),
    ("foundation", '"rulePriority": 2', '"rulePriority": 1', "rulePriority"),
    ("foundation", "RestrictPublicBuckets: true", "RestrictPublicBuckets: false", "PublicAccess"),
    (
        "foundation",
        "GroupDescription: Webhook postman, nothing comes in\n",
        "GroupDescription: Webhook postman\n      SecurityGroupIngress: [{CidrIp: 10.0.0.0/8}]\n",
        "lets addresses in",
    ),
    (
        "foundation",
        "SourceSecurityGroupId: !GetAtt PostmanGroup",
        "SourceSecurityGroupId: !GetAtt LoadBalancerGroup",
        "ValkeyGroup: lets in",
    ),
]
#: What cfn-lint must find.
UNLINTED = [
    ("services", "!Ref ApiTargets", "!Ref ApiTarget"),
    ("services", "DesiredCount: 2", "DesiredCount: two"),
    ("services", "SslPolicy:", "TlsPolicy:"),
    ("data", "ThroughputMode: elastic", "ThroughputMode: fast"),
    ("data", "!Ref Subnets", "!GetAtt Subnets.Arn"),
    ("foundation", "CidrBlock: 10.20.0.0/16", "CidrBlock: 10.20.0.0"),
]


def planted(folder: Path, template: str, old: str, new: str) -> Path:
    """Copy the templates with one fault in them; each place that has the text gets it."""
    text = (TEMPLATES / f"{template}.yaml").read_text()
    assert old in text, f"nothing to break: {old}"
    for name in NAMES:
        shutil.copy(TEMPLATES / f"{name}.yaml", folder)
    (folder / f"{template}.yaml").write_text(text.replace(old, new))
    return folder


def lint(*templates: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("cfn-lint"), "--regions", "eu-west-3"]
    variables = os.environ | {"NO_COLOR": "1"}
    arguments = ["--format", "parseable", "--", *templates]
    return subprocess.run(
        [*command, *arguments], env=variables, capture_output=True, text=True, check=False
    )


def test_the_templates_keep_the_contract():
    assert faults(read(TEMPLATES)) == []


@pytest.mark.parametrize(
    ("template", "old", "new", "word"), BROKEN, ids=lambda part: str(part)[:40]
)
def test_the_contract_check_finds(template, old, new, word, tmp_path):
    found = faults(read(planted(tmp_path, template, old, new)))
    assert any(word in fault for fault in found), found


def test_the_command_names_the_faults_and_fails(tmp_path):
    planted(tmp_path, *BROKEN[0][:3])
    command = [sys.executable, "-m", "deploy.check", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (
        1,
        "ApiTask: Fargate has no 512 CPU units with 512 MiB\n",
    )


def test_cfn_lint_finds_the_other_faults_and_none_in_the_templates(tmp_path):
    broken = []
    for number, fault in enumerate(UNLINTED):
        (folder := tmp_path / str(number)).mkdir()
        broken.append(planted(folder, *fault) / f"{fault[0]}.yaml")
    lines = lint(*broken, *(TEMPLATES / f"{name}.yaml" for name in NAMES)).stdout.splitlines()
    assert {line.partition(":")[0] for line in lines} == {str(path) for path in broken}
