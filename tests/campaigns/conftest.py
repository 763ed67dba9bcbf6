"""What the tests of campaigns share: invented portfolios, and a service with a campaign worker."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from local import key
from local.service import Service
from protocol.application import FIELDS
from tests.campaigns.s3 import Store
from tests.conftest import make_service, working

FIELD_NAMES = [field.name for field in FIELDS]
LONGEST_S = 60


def portfolio(rows, bad=()):
    """A CSV of invented applicants; the rows numbered in `bad` have no income."""
    dice = np.random.default_rng(7)
    lines = [",".join(["reference", *FIELD_NAMES])]
    for number in range(rows):
        income = round(float(dice.uniform(20_000, 150_000)), 2)
        cells = [
            int(dice.integers(0, 6)),
            round(income * float(dice.uniform(0.01, 0.1)), 2),
            round(income * float(dice.uniform(0.01, 0.4)), 2),
            "" if number in bad else income,
            int(dice.integers(0, 11)),
            int(dice.integers(300, 851)),
        ]
        lines.append(",".join(map(str, [f"L{number}", *cells])))
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture(scope="module")
def service(folder: Path, artefact: Path, request: pytest.FixtureRequest) -> Iterator[Service]:
    """A service with chunks of a few hundred rows and short leases, for each module its own."""
    name = request.module.__name__.rpartition("_")[2]
    running = make_service(
        folder / f"campaigns-{name}",
        artefact,
        chunk_bytes=20_000,
        lease_s=1,
        sweep_s=0.2,
        max_attempts=3,
        campaign_prefixes=f"file://{(folder / 'books').resolve()}/{{client}}/",
    )
    with working(running):
        yield running


@pytest.fixture(scope="module")
def books(folder: Path) -> Iterator[Path]:
    """A folder below which each client may name files of its own."""
    path = (folder / "books").resolve()
    path.mkdir()
    yield path
    shutil.rmtree(path)


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    """A caller with a key that may do everything."""
    headers = {"Authorization": f"Bearer {key.read(service.settings)}"}
    with httpx.Client(base_url=service.url, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An S3 of the tests' own."""
    store = Store(tmp_path_factory.mktemp("s3"))
    store.start()
    yield store
    store.stop()
