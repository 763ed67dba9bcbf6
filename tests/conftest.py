"""What the tests share: a real Redis, a trained artefact, and the running service."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
import redis
from werkzeug.security import generate_password_hash

from local import key, processes
from local.redis import command, server_binary, socket_path
from local.service import Service
from protocol.ledger import Ledger, connect
from protocol.people import People
from protocol.person import HASHING, ROLES, Person
from protocol.policy import read_policy
from protocol.settings import Settings
from tests.client import Client
from worker.champion import Champion

ROOT = Path(__file__).parent.parent
#: Of the people that tests make.
PASSWORD = "correct horse battery"
LOAN_DATA = Path(os.environ.get("LOAN_DATA") or ROOT / "../shared/data/Loan_Data.csv")


# No deadline: a busy machine is not a fault. Nothing is written beside the code.
hypothesis.settings.register_profile("loanscore", deadline=None, database=None)
hypothesis.settings.load_profile("loanscore")
STATE = ROOT / (os.environ.get("LOANSCORE_STATE_DIR") or "var")
hypothesis.configuration.set_hypothesis_home_dir(STATE / "cache" / "hypothesis")


def environment(**variables: object) -> dict[str, str]:
    """This process's environment without its own LOANSCORE_ settings, and with those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOANSCORE_")}
    return kept | {f"LOANSCORE_{name.upper()}": str(value) for name, value in variables.items()}


def started(room: str, **variables: object) -> subprocess.CompletedProcess[str]:
    """Run a room's process with these settings until it ends, as one does that refuses to start."""
    return subprocess.run(
        [sys.executable, "-m", room],
        cwd=ROOT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Measured())


class Measured:
    """Prints at the end of the run what tests measured but did not assert."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.lines += [str(line) for name, line in report.user_properties if name == "measured"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in self.lines:
            terminalreporter.write_line(f"measured: {line}")


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Have a line printed at the end of the run."""
    return lambda line: record_property("measured", line)


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A short-named folder: a Unix socket's path may have 107 bytes at most."""
    path = Path(tempfile.mkdtemp(prefix="ls-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def loan_data() -> Path:
    """The real file, for the tests that are about it."""
    if not LOAN_DATA.is_file():
        pytest.skip(f"the real data is not here: set LOAN_DATA (looked at {LOAN_DATA})")
    return LOAN_DATA.resolve()


@pytest.fixture(scope="session")
def artefact(folder: Path) -> Path:
    """A model, trained on the real file where there is one, else on look-alike data."""
    where = folder / "trained"
    variables = environment(state_dir=where)
    variables["LOAN_DATA"] = str(LOAN_DATA.resolve()) if LOAN_DATA.is_file() else ""
    subprocess.run(
        [sys.executable, "-m", "training", "--quick"], cwd=ROOT, env=variables, check=True
    )
    return where / "model"


@pytest.fixture(scope="session")
def rival(folder: Path) -> Path:
    """Another model than `artefact`."""
    from tests import rival  # noqa: PLC0415 - with scikit-learn, which most tests do without

    return rival.write(folder, read_policy(ROOT / "policy.json"))


@pytest.fixture
def champion(artefact: Path, redis_url: str, tmp_path: Path) -> Champion:
    """What a worker of `artefact` serves; its storage is `tmp_path`."""
    settings = Settings(redis_url=redis_url, storage_dir=tmp_path, model_dir=artefact)
    return Champion(settings, read_policy(settings.policy))


@pytest.fixture(scope="session")
def redis_url(folder: Path) -> Iterator[str]:
    """A Redis of the tests' own."""
    here = folder / "redis"
    here.mkdir(mode=0o700)
    binary = server_binary(os.environ["PATH"])
    process = processes.start("redis", command(binary, here), os.environ, folder)
    url = f"unix://{socket_path(here)}"
    try:
        with connect(url) as client:
            while not _answers(client):
                process.check()
        yield url
    finally:
        process.stop()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A connection to an empty Redis."""
    with connect(redis_url) as connection:
        connection.flushall()
        yield connection


@pytest.fixture
def ledger(client: redis.Redis, redis_url: str) -> Ledger:
    return Ledger(client, Settings(redis_url=redis_url, lease_s=0.5, max_attempts=2))


def make_service(folder: Path, artefact: Path, **variables: object) -> Service:
    """A service of its own, not yet started."""
    folder.mkdir()
    variables = {"port": free_port()} | variables
    given = environment(state_dir=folder, model_dir=artefact, **variables)
    return Service(Settings.read(given), given)


def caller(service: Service) -> Client:
    return Client(service.url, key.read(service.settings))


@contextmanager
def running_service(folder: Path, artefact: Path) -> Iterator[Service]:
    """A service of its own, running while the block does."""
    running = make_service(folder, artefact)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@contextmanager
def working(running: Service) -> Iterator[Service]:
    """A service with a campaign worker, from `make_service`, running while the block does."""
    try:
        running.start()
        running.start_campaign_worker()
        yield running
        with connect(running.redis_url) as operator:
            assert operator.acl_log() == []  # no user of Redis was refused anything it needs
    finally:
        running.stop()


@pytest.fixture(scope="session")
def service(folder: Path, artefact: Path) -> Iterator[Service]:
    """The whole service, running; tests that break things start one of their own."""
    with running_service(folder / "service", artefact) as running:
        yield running
        with connect(running.redis_url) as operator:
            assert operator.acl_log() == []  # no user of Redis was refused anything it needs


@pytest.fixture(scope="session")
def people(service: Service) -> Iterator[dict[str, Person]]:
    """A person of each role, who belong to the client of the service's own key."""
    hashed = generate_password_hash(PASSWORD, HASHING)
    with connect(service.redis_url) as client:
        made = People(client)
        yield {role: made.create(f"{role}-one", key.CLIENT, role, hashed) for role in ROLES}


@pytest.fixture(scope="module")
def own(folder: Path, artefact: Path) -> Iterator[Service]:
    """A service of one module's own, to be broken."""
    with running_service(folder / f"own-{secrets.token_hex(4)}", artefact) as running:
        yield running


@pytest.fixture
def own_http(own: Service) -> Iterator[Client]:
    with caller(own) as client:
        yield client


@pytest.fixture
def operator(own: Service) -> Iterator[redis.Redis]:
    """The default user of the own service's Redis, who alone may CONFIG."""
    with connect(own.redis_url) as client:
        yield client


@pytest.fixture
def http(service: Service) -> Iterator[Client]:
    with caller(service) as client:
        yield client
