"""What a machine without an engine needs: Debian's packages, unpacked and never installed.

Docker and its registry are those of the machine's own release. Compose 2 is that of the next one,
fetched by an apt that knows nothing else. Only apt's own settings say where from.
"""

import shutil
import subprocess
from pathlib import Path

ENGINE = ("docker.io", "containerd", "runc", "docker-registry")
SOURCES = Path("/etc/apt/sources.list.d/debian.sources")


class Packages:
    """Debian's packages in a folder.

    Args:
        folder: of the downloads and what is unpacked of them; kept for the next run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        #: a Docker configuration folder with the compose plugin
        self.config = folder / "config"

    def fetch(self) -> None:
        """Download and unpack, unless that was done before.

        Raises:
            CalledProcessError: a package is not to be had.
        """
        if (self.config / "cli-plugins" / "docker-compose").exists():
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        downloads = self.folder / "downloads"
        downloads.mkdir(parents=True)
        _run(["apt-get", "update"], downloads)
        _run(["apt-get", "download", *ENGINE], downloads)
        _run(["apt-get", *self._next_release(), "update"], downloads)
        _run(["apt-get", *self._next_release(), "download", "docker-compose"], downloads)
        for package in downloads.glob("*.deb"):
            _run(["dpkg-deb", "-x", package, self.root], downloads)
        plugins = self.config / "cli-plugins"
        plugins.mkdir(parents=True)
        plugin = self.root / "usr" / "libexec" / "docker" / "cli-plugins" / "docker-compose"
        shutil.move(plugin, plugins)

    def base(self, bundle: Path) -> Path:
        """Make a root file system of Debian with its own Python 3.11, packed as tar.

        Args:
            bundle: the authorities that this machine trusts, which go into it.
        """
        tar = self.folder / "base.tar"
        if not tar.exists():
            wanted = "ca-certificates,python3.11,python3-pip,python3-venv,netbase,tzdata"
            include = ["--variant=minbase", f"--include={wanted}"]
            python = [
                "rm -f $1/usr/lib/python3.11/EXTERNALLY-MANAGED",
                "ln -s /usr/bin/python3.11 $1/usr/local/bin/python",
                f"cp {bundle} $1/etc/ssl/certs/ca-certificates.crt",
            ]
            hooks = [
                f"--customize-hook={line.replace('$1', chr(34) + '$1' + chr(34))}"
                for line in python
            ]
            _run(["mmdebstrap", *include, *hooks, "bookworm", tar, _mirror()], self.folder)
        return tar

    def _next_release(self) -> list[str]:
        apt = self.folder / "apt"
        (apt / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
        line = f"deb [signed-by={keyring}] {_mirror()} trixie main\n"
        (apt / "sources.list").write_text(line)
        options = {
            "Dir::Etc::sourcelist": apt / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State::lists": apt / "lists",
            "Dir::Cache": apt,
        }
        return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]


def _mirror() -> str:
    """Name where this machine's own packages come from."""
    lines = SOURCES.read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith("URIs:"))


def _run(command: list[object], where: Path) -> None:
    words = [str(word) for word in command]
    subprocess.run(words, cwd=where, check=True, stdout=subprocess.DEVNULL)
