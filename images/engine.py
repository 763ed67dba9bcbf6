"""A Docker engine and a registry of their own, on a private socket and a loopback port."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from images.packages import Packages
from local import processes

#: What dockerd leaves in the kernel.
CHAINS = ("DOCKER", "DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2", "DOCKER-USER")


@contextmanager
def engine(packages: Packages, folder: Path) -> Iterator[dict[str, str]]:
    """Run dockerd while the block does; gives the environment of its clients.

    Args:
        packages: where its programs are.
        folder: of its images and containers; short, for a socket's path is.
    """
    root = packages.root / "usr"
    environment = dict(os.environ) | {
        "PATH": f"{root / 'bin'}:{root / 'sbin'}:{os.environ['PATH']}:/usr/sbin:/sbin",
        "DOCKER_HOST": f"unix://{folder / 'docker.sock'}",
        "DOCKER_CONFIG": str(packages.config),
        "DOCKER_BUILDKIT": "1",
    }
    before = _rules()
    where = {"data-root": "data", "exec-root": "exec", "pidfile": "pid"}
    options = [f"--{name}={folder / value}" for name, value in where.items()]
    command = [str(root / "sbin" / "dockerd"), "--host", environment["DOCKER_HOST"], *options]
    daemon = processes.start("dockerd", command, environment, folder)
    try:
        while not _answers(environment):
            daemon.check()
            time.sleep(0.2)
        yield environment
    finally:
        daemon.stop()
        _tidy(before)


def _answers(environment: dict[str, str]) -> bool:
    command = ["docker", "info"]
    return (
        subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0
    )


def _rules() -> bytes:
    return subprocess.run(["iptables-save"], capture_output=True, check=True).stdout


def _tidy(before: bytes) -> None:
    """Put the packet filter back as it was, and remove the bridge."""
    for table in ("filter", "nat"):
        for command in ("-F", "-X"):
            subprocess.run(["iptables", "-t", table, command], check=True)
        policies = ("INPUT", "FORWARD", "OUTPUT") if table == "filter" else ()
        for chain in policies:
            subprocess.run(["iptables", "-P", chain, "ACCEPT"], check=True)
    subprocess.run(["iptables-restore"], input=before, check=True)
    subprocess.run(["ip", "link", "delete", "docker0"], capture_output=True, check=False)


@contextmanager
def registry(packages: Packages, folder: Path, port: int) -> Iterator[str]:
    """Run a registry on loopback while the block does; gives its address."""
    folder.mkdir()
    configuration = folder / "config.yml"
    configuration.write_text(
        "version: 0.1\n"
        f"storage: {{filesystem: {{rootdirectory: {folder / 'data'}}}}}\n"
        f"http: {{addr: 127.0.0.1:{port}}}\n"
    )
    binary = packages.root / "usr" / "bin" / "docker-registry"
    command = [str(binary), "serve", str(configuration)]
    process = processes.start("registry", command, os.environ, folder)
    try:
        while not _serves(port):
            process.check()
            time.sleep(0.2)
        yield f"127.0.0.1:{port}"
    finally:
        process.stop()


def _serves(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/v2/").is_success
    except httpx.TransportError:
        return False
