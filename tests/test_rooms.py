"""The import rule: rooms stay apart, and what a room must not carry is not even loaded."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, environment

LOADED = """
import importlib, sys
for name in sys.argv[1].split(","):
    importlib.import_module(name)
print(*sorted({module.partition(".")[0] for module in sys.modules}))
"""


def load(room: str, where: Path) -> set[str]:
    """Import every module of a room in a fresh process; name the packages that came along."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, modules(room)],
        cwd=where,
        env=environment() | {"PYTHONPATH": "client"},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def modules(room: str) -> str:
    return ",".join(f"{Path(room).name}.{path.stem}" for path in files(room))


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).glob("[a-z]*.py"))


@pytest.mark.parametrize(
    ("room", "kept_out"),
    [
        ("protocol", {"api", "worker", "training", "celery", "flask", "sklearn", "numpy"}),
        ("api", {"worker", "training", "sklearn", "joblib", "numpy", "pandas", "polars", "mlflow"}),
        ("cli", {"api", "worker", "training", "local", "celery", "flask", "numpy", "sklearn"}),
        ("client/loanscore_client", {"protocol", "cli", "redis", "click", "rich", "pydantic"}),
        ("worker", {"api", "training", "flask", "mlflow", "polars"}),
        ("monitoring", {"api", "cli", "worker", "training", "redis", "flask", "numpy", "sklearn"}),
        ("training", {"api", "worker", "celery", "redis"}),
    ],
)
def test_a_room_loads_only_what_it_may(room, kept_out):
    assert kept_out & load(room, ROOT) == set()


@pytest.mark.parametrize(
    ("room", "rooms", "files"),
    [
        (
            "api",
            [
                "protocol",
                "portfolio",
                "records",
                "monitoring",
                "client/loanscore_client",
                "cli",
                "api",
            ],
            ["policy.json", "schema.json"],
        ),
        (
            "worker",
            ["protocol", "portfolio", "records", "monitoring", "worker"],
            ["policy.json", "schema.json"],
        ),
    ],
)
def test_an_image_carries_the_rooms_it_runs_and_needs_no_more(room, rooms, files, tmp_path):
    lines = (ROOT / f"Dockerfile.{room}").read_text().splitlines()
    copied = [
        line.split()[1:]
        for line in lines
        if line.startswith("COPY ") and "--from" not in line and line != "COPY var/model /"
    ]
    placed = [[folder, Path(folder).name] for folder in rooms]
    kept = [[file, "."] for file in files]
    assert copied == [[f"{room}/requirements.txt", "."], *placed, *kept]
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in (*rooms, *files)} <= set(allowed)
    for folder in rooms:
        shutil.copytree(ROOT / folder, tmp_path / Path(folder).name)
    for file in files:
        shutil.copy(ROOT / file, tmp_path)
    for folder in rooms:
        assert Path(folder).name in load(folder, tmp_path)


def test_the_import_rule_is_kept(tmp_path):
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--cache-dir", tmp_path],
        cwd=ROOT,
        env=environment() | {"PYTHONPATH": "client"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 kept, 0 broken" in done.stdout
