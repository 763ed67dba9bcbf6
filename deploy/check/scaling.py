"""Scaling, alarms, dashboard: metrics that something writes, arithmetic that survives zero."""

import json
import re
from collections.abc import Iterator
from typing import Any

from api.gauges import GAUGES
from deploy.check.stacks import Properties, Stacks, values

#: Of the metrics that AWS writes itself, how their namespaces begin.
FOREIGN = "AWS/"
#: A quotient that has a value without workers: IF(workers > 0, backlog / workers, backlog).
SAFE = re.compile(r"IF\((\w+) > 0, (\w+) / \1, \2\)")


def faults(stacks: Stacks) -> Iterator[str]:
    """Name what is wrong with scaling, an alarm or the dashboard."""
    services = dict(stacks.of("AWS::ECS::Service"))
    for name, scale in stacks.of("AWS::ApplicationAutoScaling::ScalableTarget"):
        yield from _of_target(name, scale, services)
    for name, policy in stacks.of("AWS::ApplicationAutoScaling::ScalingPolicy"):
        yield from _of_policy(name, policy)
        for metric in values(policy, "Metric"):
            yield from _of_gauge(name, metric)
    alarms = dict(stacks.of("AWS::CloudWatch::Alarm"))
    for name, alarm in alarms.items():
        for metric in (alarm, *values(alarm, "Metric")):
            yield from _of_gauge(name, metric)
        if not alarm.get("AlarmActions"):
            yield f"{name}: an alarm without AlarmActions tells nobody"
    if not any(_watches_silence(alarm) for alarm in alarms.values()):
        yield "alarms: one must be TreatMissingData breaching on OldestSeconds: silence is a fault"
    for name, dashboard in stacks.of("AWS::CloudWatch::Dashboard"):
        yield from _of_dashboard(name, dashboard["DashboardBody"]["Fn::Sub"])


def _of_target(name: str, scale: Properties, services: dict[str, Properties]) -> Iterator[str]:
    if (scale.get("ServiceNamespace"), scale.get("ScalableDimension")) != (
        "ecs",
        "ecs:service:DesiredCount",
    ):
        yield f"{name}: the scaling dimension of a service is ecs:service:DesiredCount of ecs"
    resource = re.fullmatch(
        r"service/\$\{Cluster\}/\$\{(\w+)\.Name\}", scale["ResourceId"]["Fn::Sub"]
    )
    if not resource or resource[1] not in services:
        yield f"{name}: ResourceId must be service/CLUSTER/SERVICE of this stack, by Name"
    elif scale["MinCapacity"] < services[resource[1]]["DesiredCount"]:
        yield f"{name}: MinCapacity is below the service's DesiredCount"
    if scale["MaxCapacity"] <= scale["MinCapacity"]:
        yield f"{name}: MaxCapacity leaves no room to scale"


def _of_policy(name: str, policy: Properties) -> Iterator[str]:
    for tracking in values(policy, "TargetTrackingScalingPolicyConfiguration"):
        if tracking.get("ScaleInCooldown", 0) < 120:
            yield f"{name}: ScaleInCooldown must be 120 s at least, which tasks have to drain"
    for expression in values(policy, "Expression"):
        if "/" in expression and not SAFE.fullmatch(expression):
            yield f"{name}: {expression} has no value without workers; write IF(w > 0, b / w, b)"


def _of_gauge(name: str, metric: Properties) -> Iterator[str]:
    metric_name, namespace = metric.get("MetricName"), metric.get("Namespace")
    if metric_name is None or str(namespace).startswith(FOREIGN):
        return
    if namespace != {"Ref": "Prefix"}:
        yield f"{name}: Namespace must be !Ref Prefix, as LOANSCORE_GAUGES_NAMESPACE is"
    (dimension,) = metric["Dimensions"]
    yield from _of_lane(name, dimension["Name"], dimension["Value"], metric_name)


def _of_lane(name: str, dimension: str, lane: str, gauge: str) -> Iterator[str]:
    if dimension != "Lane" or gauge not in GAUGES.get(lane, {}):
        yield f"{name}: nothing writes {gauge} with {dimension} {lane}; api/gauges.py has what is"


def _watches_silence(alarm: Properties) -> bool:
    return alarm.get("MetricName") == "OldestSeconds" and (
        alarm.get("TreatMissingData") == "breaching"
    )


def _of_dashboard(name: str, body: str) -> Iterator[str]:
    try:
        widgets: list[dict[str, Any]] = json.loads(re.sub(r"\$\{[\w:.]+\}", "x", body))["widgets"]
    except (ValueError, KeyError) as error:
        yield f"{name}: DashboardBody is no dashboard: {error}"
        return
    for widget in widgets:
        for metric in widget["properties"]["metrics"]:
            if metric[0] == "x":
                yield from _of_lane(name, metric[2], metric[3], metric[1])
