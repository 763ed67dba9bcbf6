"""Task definitions: sizes that Fargate has, confinement, settings that exist, a clean end."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from deploy.check.stacks import Properties, Stacks, target
from protocol.settings import PREFIX, Settings

#: MiB that Fargate allows for so many CPU units. Source: Amazon ECS developer guide, "Fargate task
#: definition differences", task CPU and memory.
SIZES = {
    256: (512, 1024, 2048),
    512: range(1024, 4097, 1024),
    1024: range(2048, 8193, 1024),
    2048: range(4096, 16385, 1024),
    4096: range(8192, 30721, 1024),
}
#: What a stop may take: longer than a worker's task, a long poll and a delivery; Fargate's most.
STOP_S = range(45, 121)
#: The images' user.
USER = "10001:10001"


def faults(stacks: Stacks) -> Iterator[str]:
    """Name what is wrong with a task definition."""
    for name, task in stacks.of("AWS::ECS::TaskDefinition"):
        yield from _of_size(name, task)
        if task.get("NetworkMode") != "awsvpc" or task.get("RequiresCompatibilities") != [
            "FARGATE"
        ]:
            yield f"{name}: Fargate runs NetworkMode awsvpc and RequiresCompatibilities [FARGATE]"
        for container in task["ContainerDefinitions"]:
            where = f"{name}.{container['Name']}"
            yield from _of_start(where, task, container)
            yield from _of_settings(where, container)
            yield from _of_confinement(where, task, container)
            yield from _of_log(where, stacks, container)


def _of_size(name: str, task: Properties) -> Iterator[str]:
    cpu, memory = int(task.get("Cpu", 0)), int(task.get("Memory", 0))
    if memory not in SIZES.get(cpu, ()):
        yield f"{name}: Fargate has no {cpu} CPU units with {memory} MiB"


def _of_start(where: str, task: Properties, container: Properties) -> Iterator[str]:
    if target(container.get("Image")) not in {"ApiImage", "WorkerImage"}:
        yield f"{where}: Image is a parameter that takes digests only, ApiImage or WorkerImage"
    if container.get("Secrets") and "ExecutionRoleArn" not in task:
        yield f"{where}: has Secrets, so the task needs an ExecutionRoleArn that may read them"
    if container.get("StopTimeout") not in STOP_S:
        yield f"{where}: StopTimeout must be {STOP_S[0]} to {STOP_S[-1]} s, to end what is held"
    health = container.get("HealthCheck", {}).get("Command", [])
    if container.get("EntryPoint") is None and health[:1] != ["CMD"]:
        yield f"{where}: HealthCheck.Command must begin with CMD; ECS looks at no other form"
    for command in (container.get("Command", []), container.get("EntryPoint", []), health[1:]):
        if command[:2] == ["python", "-m"] and find_spec(command[2]) is None:
            yield f"{where}: there is no module {command[2]} to run"


def _of_settings(where: str, container: Properties) -> Iterator[str]:
    variables = [variable["Name"] for variable in container.get("Environment", [])]
    secrets = [secret["Name"] for secret in container.get("Secrets", [])]
    for variable in (*variables, *secrets):
        if variable.removeprefix(PREFIX).lower() not in Settings.model_fields:
            yield f"{where}: {variable} is no setting of the service"
    if f"{PREFIX}REDIS_URL" not in secrets:
        yield f"{where}: {PREFIX}REDIS_URL holds a password: give it in Secrets"


def _of_confinement(where: str, task: Properties, container: Properties) -> Iterator[str]:
    if container.get("User") != USER:
        yield f"{where}: User must be {USER}"
    if container.get("ReadonlyRootFilesystem") is not True:
        yield f"{where}: ReadonlyRootFilesystem must be true"
    if container.get("Privileged"):
        yield f"{where}: Privileged must not be"
    dropped: Any = container.get("LinuxParameters", {}).get("Capabilities", {}).get("Drop")
    if dropped != ["ALL"]:
        yield f"{where}: LinuxParameters.Capabilities.Drop must be [ALL]"
    mounted = {mount["SourceVolume"]: mount for mount in container.get("MountPoints", [])}
    volumes = {volume["Name"]: volume for volume in task.get("Volumes", [])}
    if "/tmp" not in {mount["ContainerPath"] for mount in mounted.values()}:  # noqa: S108
        yield f"{where}: a read-only root needs a volume at /tmp"
    for name in set(mounted) ^ set(volumes):
        yield f"{where}: volume {name} is not both declared and mounted"
    for name, volume in volumes.items():
        shared = volume.get("EFSVolumeConfiguration")
        if shared and shared.get("TransitEncryption") != "ENABLED":
            yield f"{where}: volume {name} needs TransitEncryption ENABLED"


def _of_log(where: str, stacks: Stacks, container: Properties) -> Iterator[str]:
    options = container.get("LogConfiguration", {}).get("Options", {})
    if not stacks.named(options.get("awslogs-group")).get("RetentionInDays"):
        yield f"{where}: awslogs-group must be a log group of this stack with RetentionInDays"
