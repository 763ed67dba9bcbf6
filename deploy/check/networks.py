"""Who may come in: the load balancer from everywhere, the API from it, to workers nobody."""

from collections.abc import Iterator

from deploy.check.stacks import Properties, Stacks, target

#: The security groups that each group lets in, by logical name.
WAYS_IN = {
    "ApiGroup": {"LoadBalancerGroup"},
    "WorkerGroup": set[str](),
    "PostmanGroup": set[str](),
    "ValkeyGroup": {"ApiGroup", "WorkerGroup", "PostmanGroup"},
    "StorageGroup": {"ApiGroup", "WorkerGroup"},
}


def faults(stacks: Stacks) -> Iterator[str]:
    """Name each way in that is not in `WAYS_IN`, or is missing."""
    groups = dict(stacks.of("AWS::EC2::SecurityGroup"))
    for name, wanted in WAYS_IN.items():
        rules = groups.get(name, {}).get("SecurityGroupIngress", [])
        if any("CidrIp" in rule or "CidrIpv6" in rule for rule in rules):
            yield f"{name}: lets addresses in; name security groups"
        given = {target(rule.get("SourceSecurityGroupId")) for rule in rules} - {""}
        if given != wanted:
            yield f"{name}: lets in {sorted(given)}, and must let in {sorted(wanted)}"
    for name, group in groups.items():
        yield from _of_egress(name, group)
    for name, _ in stacks.of("AWS::EC2::SecurityGroupIngress"):
        yield f"{name}: ways in are written in their groups"


def _of_egress(name: str, group: Properties) -> Iterator[str]:
    for rule in group.get("SecurityGroupEgress", []):
        if rule.get("IpProtocol") == "-1":
            yield f"{name}: lets everything out; name the ports"
