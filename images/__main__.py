"""Build, run, stop and push: `python -m images`, as root on Debian 12; writes docs/images.md."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from images import contents, pushed, stack
from images.engine import engine, registry
from images.packages import Packages
from images.transcript import ImagesError, Transcript
from protocol.settings import Settings

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "images.md"
#: Where this machine's trust is.
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
REDIS = "redis:7.4-alpine"
#: What the engine and the base need of this machine; the rest is unpacked.
TOOLS = ("mmdebstrap", "iptables", "ip")
HEAD = """# Images

What `make images` built and ran, and what came of it. It needs root and Debian 12: no engine is
installed, Debian's packages of Docker are unpacked below `var/images`, dockerd runs on a private
socket, and what it did to the packet filter is undone. This page was written by it on {date}, in
{took:.0f} s, on {cores} cores.

**Stand-ins.** No image registry is asked. `python:3.11-slim` is Debian 12 with its own CPython
{python}, and `{redis}` is that with Debian's redis-server: a green run says that these
steps work on Debian 12, not that the official images do. MLflow's image, a profile of the compose
file, was not run.

Of each running container are named, as read inside it: its user, the effective and the bounding set
of capabilities, whether new privileges are off, and what came of writing to its root.
"""


def main() -> int:
    """Do all of it, then write the page.

    Returns:
        The exit code.
    """
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        sys.stderr.write("images: needs root on Debian 12, for a Docker engine of its own\n")
        return 1
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        sys.stderr.write(f"images: no {', '.join(missing)}; apt-get install mmdebstrap iptables\n")
        return 1
    began = time.monotonic()
    settings = Settings.read(os.environ)
    state = settings.state_dir.resolve()
    packages = Packages(state / "images")
    try:
        packages.fetch()
        base = packages.base(BUNDLE)
        with (
            tempfile.TemporaryDirectory(prefix="li-") as here,
            engine(packages, Path(here)) as found,
        ):
            given = {"LOANSCORE_PORT": str(settings.port), "COMMIT": (commit := _commit())}
            transcript = Transcript(ROOT, found | given)
            python = _stand_ins(transcript, base, Path(here))
            _all(transcript, packages, Path(here), settings.port, commit)
    except (ImagesError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"images: {error}\n")
        return 1
    date, took = time.strftime("%Y-%m-%d", time.gmtime()), time.monotonic() - began
    head = HEAD.format(date=date, took=took, cores=os.cpu_count(), python=python, redis=REDIS)
    PAGE.write_text(head + "\n".join(transcript.lines) + "\n")
    return 0


def _stand_ins(transcript: Transcript, base: Path, here: Path) -> str:
    """Load the base under the names that the Dockerfiles and the compose file take."""
    name = "python:3.11-slim"
    trust = f"ENV PIP_CERT={BUNDLE} PIP_DISABLE_PIP_VERSION_CHECK=1"
    transcript.run("docker", "import", "--change", trust, base, name)
    context = here / "redis"
    context.mkdir()
    install = "apt-get update && apt-get install --yes --no-install-recommends redis-server"
    chown = "install -d -o redis -g redis /data"
    (context / "Dockerfile").write_text(f"FROM {name}\nRUN {install} && {chown}\n")
    transcript.run("docker", "build", "--tag", REDIS, context)
    return transcript.run("docker", "run", "--rm", name, "python", "--version").split()[-1]


def _commit() -> str:
    """Name what is checked out: it may change meanwhile."""
    words = ["git", "rev-parse", "HEAD"]
    return subprocess.run(
        words, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def _all(transcript: Transcript, packages: Packages, here: Path, port: int, commit: str) -> None:
    transcript.head("Built")
    began = time.monotonic()
    transcript.run("scripts/ci/build.sh")
    transcript.found(f"`scripts/ci/build.sh`: both in {time.monotonic() - began:.0f} s")
    for room in ("api", "worker"):
        image = f"loanscore-{room}:{commit}"
        contents.look(transcript, room, image, commit)
        transcript.run("docker", "tag", image, f"loanscore-{room}")
    transcript.head("Run")
    with stack.stack(transcript, port) as (url, key):
        stack.operator(transcript, "doctor", shown=True)
        stack.confined(transcript)
        stack.scored(transcript, url, key)
        transcript.head("Stopped under load")
        stack.stopped_under_load(transcript, url, key)
    transcript.head("Pushed")
    with registry(packages, here / "registry", port + 1) as address:
        pushed.push(transcript, address, commit)


if __name__ == "__main__":
    sys.exit(main())
