"""What the figures were measured on."""

import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from protocol.artefact import Manifest


def facts(redis_server: Path, model: Manifest, packages: Sequence[str]) -> str:
    """Name everything that a reader needs to compare two tables; of the packages the versions."""
    redis = subprocess.run(
        [str(redis_server), "--version"], capture_output=True, text=True, check=True
    ).stdout
    return "; ".join(
        (
            f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before",
            f"Python {platform.python_version()}",
            f"Redis {redis.partition('v=')[2].split()[0]}",
            ", ".join(f"{package} {version(package)}" for package in packages),
            f"model {model.name} {model.version}",
        )
    )
