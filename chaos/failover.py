"""A case about a primary that dies and a replica that takes its place: F19.

Replication is asynchronous: what the replica had not received is lost, and no client can know. So
losses are counted and shown here, and break nothing; see `protocol.redis_policy.durability` for
what a managed Redis can promise instead.
"""

import os
import time
from random import Random

from chaos.case import Case, Family, Lab, demand
from chaos.checker import check
from chaos.load import Load
from chaos.rig import Rig, free_port
from local import processes
from local.processes import Process
from local.redis import command, server_binary, socket_path
from protocol.ledger import connect

#: Invariants that hold even where jobs are lost with the primary.
KEPT = ("changed", "wrong", "stuck", "refused")


def promoted(lab: Lab) -> str:
    """F19."""
    rig, dice = lab.rig, Random(19)
    load = Load(rig.caller(), 50, dice)
    _start_replica(rig)
    load.start()
    try:
        time.sleep(5)
        rig.service.kill(rig.process("redis"))
        _promote(rig)
        load.settle()
    finally:
        load.stop()
    verdict = check(load.journal.calls, lab.oracle.expected(load.journal.submissions))
    broken = {name: len(getattr(verdict, name)) for name in KEPT if getattr(verdict, name)}
    demand(not broken, f"{broken}")
    return (
        f"{verdict.accepted} accepted, {verdict.answered} answered, {len(verdict.lost)} lost with"
        f" the primary, {len(verdict.duplicated)} keys given a second id, 0 changed or wrong"
    )


def _start_replica(rig: Rig) -> None:
    """Start it beside a primary that has a port, and wait until it follows."""
    port = str(free_port())
    rig.service.kill(rig.process("redis"))
    _start_server(rig, "redis", ["--port", port, "--bind", "127.0.0.1"])
    rig.wait(lambda: bool(rig.redis.ping()))
    _start_server(rig, "replica", ["--replicaof", "127.0.0.1", port])
    folder = rig.service.settings.state_dir / "replica"
    with connect(f"unix://{socket_path(folder)}") as client:
        rig.wait(lambda: client.info("replication").get("master_link_status") == "up")


def _start_server(rig: Rig, name: str, options: list[str]) -> Process:
    folder = rig.service.settings.state_dir / name
    folder.mkdir(mode=0o700, exist_ok=True)
    users = rig.service.settings.state_dir / "redis" / "users.acl"
    server = command(server_binary(os.environ["PATH"]), folder, users)
    process = processes.start(name, [*server, *options], os.environ, rig.service.logs)
    rig.service.processes.insert(0, process)
    return process


def _promote(rig: Rig) -> None:
    """Make the replica the primary and point everybody at it."""
    socket = socket_path(rig.service.settings.state_dir / "replica")
    with connect(f"unix://{socket}") as client:
        client.replicaof("NO", "ONE")
    rig.proxy.point_at(socket)


FAMILY = Family(
    (
        Case(
            "F19",
            "primary killed under load, its asynchronous replica promoted",
            promoted,
            long=True,
        ),
    ),
    {"lease_s": 2},
    proxied=True,
)
