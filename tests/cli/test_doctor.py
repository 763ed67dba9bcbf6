"""`loanscore doctor`: every fault is planted in a real Redis or a real folder, and named."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from click.testing import CliRunner

from cli.__main__ import loanscore
from cli.checkup import server
from cli.checkup.finding import State
from local import processes
from local.redis import server_binary
from protocol import names
from protocol.ledger import connect
from tests.conftest import ROOT, environment, free_port

#: Whoever connects to the tests' Redis as this may do everything.
PASSWORD = "hardly-guessed"
#: What the tests change of it.
CHANGED = ("appendonly", "maxmemory", "maxmemory-policy", "requirepass")


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A Redis of this file's own, over TCP, as a production one is: nobody without a password."""
    here, port = tmp_path_factory.mktemp("doctor"), free_port()
    kept = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")
    room = ("--maxmemory", "100mb", "--maxmemory-policy", "noeviction")
    where = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(here))
    command = [str(server_binary(os.environ["PATH"])), *where, *kept, *room]
    process = processes.start("redis", [*command, "--requirepass", PASSWORD], os.environ, here)
    url = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    with connect(url) as client:
        while not _answers(client):
            process.check()
    yield url
    process.stop()


def _answers(client) -> bool:
    try:
        return client.ping()
    except redis.RedisError:
        return False


@pytest.fixture
def admin(url):
    """The operator; what a test has changed is changed back."""
    with connect(url) as client:
        client.flushall()
        worker = {"host": "here", "name": "n", "digest": "sha256:" + "0" * 64}
        client.zadd(names.WORKERS, {json.dumps(worker): 9e15})
        client.zadd(names.CAMPAIGN_WORKERS, {json.dumps(worker): 9e15})
        before = {name: client.config_get(name)[name] for name in CHANGED}
        yield client
        client.replicaof("NO", "ONE")
        for name, value in before.items():
            client.config_set(name, value)


@pytest.fixture
def doctor(url, admin, tmp_path, artefact, monkeypatch):
    """Run it; gives its exit code, and the state and text of each finding."""
    (tmp_path / "storage").mkdir()
    shutil.copytree(artefact, tmp_path / "model")

    def run(**given):
        defaults = {"redis_url": url, "redis_durability": "aof-always", "state_dir": tmp_path}
        for name in [name for name in os.environ if name.startswith("LOANSCORE_")]:
            monkeypatch.delenv(name)
        for name, value in environment(**defaults | given).items():
            monkeypatch.setenv(name, value)
        result = CliRunner().invoke(loanscore, ["doctor"])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert PASSWORD not in result.output
        lines = [line.split(None, 1) for line in result.output.splitlines()[1:]]
        return result.exit_code, result.output, lines

    return run


def found(doctor, what: str, state: State, word: str, **given: object) -> None:
    """Assert that something is found in that state, and that the exit code says so."""
    code, output, _ = doctor(**given)
    (line,) = [line for line in output.splitlines() if line.startswith(f"{what}  ")]
    assert line.removeprefix(what).split()[0] == state.value, line
    assert word in line
    assert code == (1 if " FAULT " in output else 0)


def test_a_sound_service_has_no_fault(doctor):
    code, output, lines = doctor()
    assert code == 0, output
    assert {"WARN", "FAULT"}.isdisjoint(output.split()), output
    assert len(lines) == 17


def test_the_command_exits_with_1_when_there_is_a_fault(tmp_path):
    variables = environment(redis_url=f"redis://127.0.0.1:{free_port()}/0", state_dir=tmp_path)
    command = [sys.executable, "-m", "cli", "doctor"]
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "start it or correct LOANSCORE_REDIS_URL" in done.stdout
    assert done.stderr == ""


def test_a_setting_that_nobody_knows_is_named(doctor):
    found(doctor, "settings", State.FAULT, "LOANSCORE_REDIS_ULR", redis_ulr="x")


def test_a_wrong_password_is_named_and_not_shown(doctor, url):
    found(doctor, "redis", State.FAULT, "password", redis_url=url.replace(PASSWORD, "other"))


def test_a_user_that_may_not_look_is_named(doctor, admin, url):
    admin.execute_command("ACL", "SETUSER", "blind", "on", ">blind", "+ping", "+hello")
    blind = url.replace(f":{PASSWORD}@", "blind:blind@")
    found(doctor, "redis", State.FAULT, "INFO", redis_url=blind)


def test_a_redis_that_evicts_is_named(doctor, admin):
    admin.config_set("maxmemory-policy", "allkeys-lru")
    found(doctor, "eviction", State.FAULT, "maxmemory-policy noeviction")


def test_a_durability_that_is_stated_and_not_kept_is_named(doctor, admin):
    admin.config_set("appendonly", "no")
    found(doctor, "persistence", State.FAULT, "appendonly yes")


@pytest.mark.parametrize(("stated", "word"), [("", "not known"), ("none", "can lose")])
def test_what_may_be_lost_is_a_warning(doctor, stated, word):
    found(doctor, "persistence", State.WARN, word, redis_durability=stated)


def test_a_replica_is_named(doctor, admin):
    admin.replicaof("127.0.0.1", 1)
    found(doctor, "role", State.FAULT, "primary's address")


def test_a_full_redis_and_one_without_a_limit_are_named(doctor, admin):
    admin.config_set("maxmemory", 0)
    found(doctor, "memory", State.WARN, "maxmemory is not set")
    admin.config_set("maxmemory", admin.info("memory")["used_memory"] + 100_000)
    found(doctor, "memory", State.FAULT, "refuses jobs")


def test_a_redis_open_to_anyone_is_named(doctor, admin):
    admin.config_set("requirepass", "")
    try:
        found(doctor, "users", State.FAULT, "users.acl")
    finally:
        admin.config_set("requirepass", PASSWORD)


def test_a_clock_that_is_apart_is_named(doctor, monkeypatch):
    now = server.time.time
    monkeypatch.setattr(server.time, "time", lambda: now() + 60)
    found(doctor, "clock", State.FAULT, "+60.")


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ({"redis_version": "5.0.14"}, State.FAULT),
        ({"redis_version": "6.2.0"}, State.OK),
        ({"redis_version": "7.2.4", "valkey_version": "8.0.1"}, State.OK),
    ],
)
def test_a_version_that_lacks_commands_is_named(version, state):
    assert server._version(version).state is state


@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("redis://10.1.2.3:6379/0", State.WARN),
        ("rediss://10.1.2.3:6379/0", State.OK),
        ("rediss://10.1.2.3:6379/0?ssl_cert_reqs=none", State.FAULT),
        ("unix:///run/redis.sock", State.OK),
    ],
)
def test_a_way_that_others_can_read_is_named(url, state):
    assert server._transport(url).state is state


def test_no_storage_folder_and_one_that_is_a_file_are_named(doctor, tmp_path):
    found(doctor, "storage", State.FAULT, "LOANSCORE_STORAGE_DIR", storage_dir=tmp_path / "none")


def test_a_folder_without_hard_links_is_named(doctor):
    found(doctor, "storage", State.FAULT, "links and locks", storage_dir="/proc")


def test_another_folder_than_the_one_redis_knows_is_named(doctor, admin, tmp_path):
    campaign = names.new_campaign_id()
    admin.zadd(names.CAMPAIGNS, {campaign: 9e15})
    found(doctor, "same folder", State.FAULT, "mount the volume")
    (tmp_path / "storage" / "campaigns" / campaign).mkdir(parents=True)
    found(doctor, "same folder", State.OK, "lies in it")
    admin.hset(names.ARCHIVE, mapping={"seq": 1, "link": "x"})
    found(doctor, "same folder", State.FAULT, "archived records")


def test_no_worker_and_another_model_than_the_pinned_are_named(doctor, admin):
    found(doctor, "workers", State.FAULT, "deploy it", model_digest="sha256:" + "1" * 64)
    admin.delete(names.WORKERS, names.CAMPAIGN_WORKERS)
    found(doctor, "workers", State.FAULT, "nothing is scored")
    found(doctor, "campaign workers", State.WARN, "start one")


def test_a_model_that_was_changed_and_libraries_that_differ_are_named(doctor, tmp_path):
    manifest = tmp_path / "model" / "manifest.json"
    document = json.loads(manifest.read_text())
    document["libraries"]["scikit-learn"] = "0.1"
    manifest.write_text(json.dumps(document))
    found(doctor, "libraries", State.FAULT, "trained with 0.1")
    (tmp_path / "model" / "model.joblib").write_bytes(b"other")
    found(doctor, "model", State.FAULT, "its digest is")


def test_a_policy_that_cannot_be_read_is_named(doctor, tmp_path):
    (tmp_path / "policy.json").write_text("{}")
    found(doctor, "policy", State.FAULT, "this release reads", policy_file=tmp_path / "policy.json")


def test_what_is_not_on_this_host_is_not_a_fault(doctor, tmp_path):
    shutil.rmtree(tmp_path / "model")
    found(doctor, "model", State.UNSEEN, "workers' hosts")
    found(doctor, "policy", State.UNSEEN, "hosts", policy_file=Path("/none.json"))
