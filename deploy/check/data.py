"""What keeps data: Valkey and its users, the storage folder, buckets, image repositories."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.check.stacks import Properties, Stacks, target

USERS = Path(__file__).parent.parent / "redis" / "users.acl"


def faults(stacks: Stacks) -> Iterator[str]:
    """Name what is wrong with a store."""
    groups = dict(stacks.of("AWS::ElastiCache::ParameterGroup"))
    for name, valkey in stacks.of("AWS::ElastiCache::ReplicationGroup"):
        yield from _of_valkey(name, valkey, groups)
    yield from _of_users(stacks)
    for name, storage in stacks.of("AWS::EFS::FileSystem"):
        if storage.get("Encrypted") is not True:
            yield f"{name}: applicants' data is Encrypted"
    for name, folder in stacks.of("AWS::EFS::AccessPoint"):
        if set(folder.get("PosixUser", {}).values()) != {"10001"}:
            yield f"{name}: PosixUser must be the images' user, 10001"
    for name, bucket in stacks.of("AWS::S3::Bucket"):
        if list(bucket.get("PublicAccessBlockConfiguration", {}).values()) != [True] * 4:
            yield f"{name}: PublicAccessBlockConfiguration must have all four"
        if "BucketEncryption" not in bucket:
            yield f"{name}: needs BucketEncryption"
    for name, repository in stacks.of("AWS::ECR::Repository"):
        yield from _of_repository(name, repository)


def _of_valkey(name: str, valkey: Properties, groups: dict[str, Properties]) -> Iterator[str]:
    parameters = groups.get(target(valkey.get("CacheParameterGroupName")), {}).get("Properties", {})
    if parameters.get("maxmemory-policy") != "noeviction":
        yield f"{name}: its parameter group must say maxmemory-policy noeviction, not the default"
    if valkey.get("Engine") != "valkey":
        yield f"{name}: Engine must be valkey"
    if valkey.get("NumNodeGroups") != 1:
        yield f"{name}: NumNodeGroups must be 1: the clients are no cluster clients"
    wanted: dict[str, Any] = {
        "AutomaticFailoverEnabled": True,
        "MultiAZEnabled": True,
        "TransitEncryptionEnabled": True,
        "TransitEncryptionMode": "required",
        "AtRestEncryptionEnabled": True,
    }
    for member, value in wanted.items():
        if valkey.get(member) != value:
            yield f"{name}: {member} must be {value}"
    if valkey.get("ReplicasPerNodeGroup", 0) < 1:
        yield f"{name}: ReplicasPerNodeGroup must be 1 at least, else there is no failover"
    if not valkey.get("UserGroupIds"):
        yield f"{name}: UserGroupIds must name the users, else anyone in the network is one"


def _of_users(stacks: Stacks) -> Iterator[str]:
    """Compare with users.acl: `user NAME on PASSWORD RULES`."""
    lines = [line.split() for line in USERS.read_text().splitlines() if line.strip()]
    wanted = {words[1]: ["on", *words[4:]] for words in lines}
    given = {}
    for name, user in stacks.of("AWS::ElastiCache::User"):
        given[user["UserName"]] = user["AccessString"].split()
        if not user.get("Passwords"):
            yield f"{name}: needs Passwords"
    for user_name in sorted(wanted.keys() | given.keys()):
        if wanted.get(user_name) != given.get(user_name):
            yield f"Redis user {user_name}: AccessString is not what deploy/redis/users.acl says"


def _of_repository(name: str, repository: Properties) -> Iterator[str]:
    kept = [
        (
            one.get("ImageTagMutabilityExclusionFilterType"),
            one["ImageTagMutabilityExclusionFilterValue"],
        )
        for one in repository.get("ImageTagMutabilityExclusionFilters", [])
    ]
    mutability = repository.get("ImageTagMutability")
    if (mutability, kept) != ("IMMUTABLE_WITH_EXCLUSION", [("WILDCARD", "latest")]):
        yield f"{name}: tags are IMMUTABLE_WITH_EXCLUSION, and latest alone is excluded"
    if repository.get("ImageScanningConfiguration") != {"ScanOnPush": True}:
        yield f"{name}: ImageScanningConfiguration needs ScanOnPush"
    text = repository.get("LifecyclePolicy", {}).get("LifecyclePolicyText", "")
    try:
        rules = json.loads(text)["rules"]
    except (ValueError, KeyError):
        yield f"{name}: LifecyclePolicyText is no JSON with rules"
        return
    order = [rule["rulePriority"] for rule in rules]
    if len(set(order)) != len(order):
        yield f"{name}: two lifecycle rules of one rulePriority"
    for rule in rules:
        yield from _of_rule(name, rule, last=rule["rulePriority"] == max(order))


def _of_rule(name: str, rule: Properties, *, last: bool) -> Iterator[str]:
    selection = rule.get("selection", {})
    where = f"{name}: lifecycle rule {rule['rulePriority']}"
    if rule.get("action") != {"type": "expire"}:
        yield f"{where}: the only action is expire"
    if selection.get("tagStatus") not in {"untagged", "any"}:
        yield f"{where}: tagStatus must be untagged or any"
    if selection.get("tagStatus") == "any" and not last:
        yield f"{where}: a rule of any image must be the last"
    by_age = selection.get("countType") == "sinceImagePushed"
    if by_age != (selection.get("countUnit") == "days"):
        yield f"{where}: countUnit days belongs to sinceImagePushed, and only to it"
    if not isinstance(selection.get("countNumber"), int):
        yield f"{where}: countNumber must be a number"
