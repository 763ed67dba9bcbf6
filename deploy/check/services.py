"""Services: the API behind the load balancer, all else without a way in, safe deployments."""

import json
from collections.abc import Iterator
from pathlib import Path

from deploy.check.stacks import Properties, Stacks, target

OPENAPI = Path(__file__).parent.parent.parent / "docs" / "openapi.json"
#: The kinds of processes, each a service of its own.
KINDS = ("api", "worker", "worker-campaigns", "webhooks")


def faults(stacks: Stacks) -> Iterator[str]:
    """Name what is wrong with a service, the load balancer or its targets."""
    found = set()
    for name, service in stacks.of("AWS::ECS::Service"):
        (container,) = stacks.named(service["TaskDefinition"])["ContainerDefinitions"]
        found.add(container["Name"])
        yield from _of_deployment(name, service)
        yield from _of_network(name, service)
        for balancer in service.get("LoadBalancers", []):
            yield from _of_target(name, stacks, container, balancer)
    if found != set(KINDS):
        yield f"services: there must be one of each of {', '.join(KINDS)}; there are {found}"
    for name, listener in stacks.of("AWS::ElasticLoadBalancingV2::Listener"):
        yield from _of_listener(name, listener)


def _of_deployment(name: str, service: Properties) -> Iterator[str]:
    deployment = service.get("DeploymentConfiguration", {})
    breaker = deployment.get("DeploymentCircuitBreaker", {})
    if breaker.get("Enable") is not True or breaker.get("Rollback") is not True:
        yield f"{name}: DeploymentCircuitBreaker must have Enable and Rollback"
    if deployment.get("MinimumHealthyPercent") != 100 or deployment.get("MaximumPercent", 0) < 200:
        yield f"{name}: new tasks start before old ones stop: MinimumHealthyPercent 100"
    if service.get("EnableExecuteCommand"):
        yield f"{name}: EnableExecuteCommand gives a shell in production; leave it out"
    if service.get("DesiredCount", 0) < (2 if service.get("LoadBalancers") else 1):
        yield f"{name}: DesiredCount must be 2 behind a load balancer, else 1 at least"


def _of_network(name: str, service: Properties) -> Iterator[str]:
    network = service.get("NetworkConfiguration", {}).get("AwsvpcConfiguration", {})
    if network.get("AssignPublicIp") != "DISABLED":
        yield f"{name}: AssignPublicIp must be DISABLED"
    if "PrivateSubnets" not in json.dumps(network.get("Subnets")):
        yield f"{name}: belongs into the private subnets"


def _of_target(
    name: str, stacks: Stacks, container: Properties, balancer: Properties
) -> Iterator[str]:
    ports = [mapping["ContainerPort"] for mapping in container.get("PortMappings", [])]
    if balancer["ContainerName"] != container["Name"] or balancer["ContainerPort"] not in ports:
        yield f"{name}: no container {balancer['ContainerName']}:{balancer['ContainerPort']}"
    group, targets = stacks.named(balancer["TargetGroupArn"]), target(balancer["TargetGroupArn"])
    if group.get("TargetType") != "ip":
        yield f"{targets}: TargetType must be ip, as tasks have addresses"
    path = group.get("HealthCheckPath")
    if path != "/readyz" or path not in json.loads(OPENAPI.read_text())["paths"]:
        yield f"{targets}: HealthCheckPath must be /readyz, not {path}"
    if group.get("Matcher", {}).get("HttpCode") != "200":
        yield f"{targets}: only 200 is ready"
    if service_grace(stacks, name) < 30:
        yield f"{name}: HealthCheckGracePeriodSeconds must leave 30 s to start"


def service_grace(stacks: Stacks, name: str) -> int:
    """Tell how long a service's tasks may be unhealthy at first, seconds."""
    return int(dict(stacks.of("AWS::ECS::Service"))[name].get("HealthCheckGracePeriodSeconds", 0))


def _of_listener(name: str, listener: Properties) -> Iterator[str]:
    (action,) = listener["DefaultActions"]
    over_tls = listener["Protocol"] == "HTTPS" and listener.get("Certificates")
    if action["Type"] != "redirect" and not over_tls:
        yield f"{name}: keys go over TLS only: HTTPS with Certificates, or a redirect to it"
    if over_tls and "TLS13" not in listener.get("SslPolicy", ""):
        yield f"{name}: SslPolicy must be one of TLS 1.2 and 1.3"
