"""A Redis that would delete accepted jobs is refused by name; what survives a crash is told."""

import os
import signal
import subprocess
import sys
import time

import pytest
import redis

from local import processes
from local.redis import command, server_binary, socket_path
from protocol.errors import LedgerUnavailable, UnfitRedis
from protocol.ledger import connect
from protocol.redis_policy import check_policy, durability
from tests.conftest import ROOT, environment, free_port

EVICTING = ["allkeys-lru", "allkeys-lfu", "allkeys-random"]
EVICTING += ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"]


@pytest.fixture
def policy(client):
    yield lambda value: client.config_set("maxmemory-policy", value)
    client.config_set("maxmemory-policy", "noeviction")


@pytest.fixture
def room(artefact, redis_url):
    """Start `python -m <room>` and wait for its end."""

    def run(name: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", name],
            cwd=ROOT,
            env=environment(redis_url=redis_url, model_dir=artefact, port=free_port()),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.mark.parametrize("value", EVICTING)
def test_every_evicting_policy_is_refused(client, policy, value):
    policy(value)
    with pytest.raises(UnfitRedis, match=f"maxmemory-policy {value} .*set .*noeviction"):
        check_policy(client)


def test_noeviction_is_right(client):
    check_policy(client)


@pytest.mark.parametrize("name", ["api", "worker"])
@pytest.mark.parametrize("value", ["allkeys-lru", "volatile-lru"])
def test_a_process_refuses_to_start_in_one_line(room, policy, name, value):
    policy(value)
    ended = room(name)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"loanscore {name}: Redis has maxmemory-policy {value}")
    assert "parameter group" in line


def test_a_redis_that_is_away_is_not_taken_for_an_unfit_one(tmp_path):
    with connect(f"unix://{tmp_path}/none.sock") as client, pytest.raises(LedgerUnavailable):
        check_policy(client)


def test_a_worker_waits_for_redis_and_then_checks_it(folder, artefact):
    here = folder / "late"
    here.mkdir(mode=0o700)
    url = f"unix://{socket_path(here)}"
    variables = environment(redis_url=url, model_dir=artefact)
    waiting = processes.start("late-worker", [sys.executable, "-m", "worker"], variables, folder)
    try:
        until(lambda: "waiting for Redis: " in waiting.log.read_text())
        late = command(server_binary(os.environ["PATH"]), here)
        server = processes.start("late-redis", late, os.environ, folder)
        try:
            with connect(url) as client:
                until(lambda: answers(client))
                client.config_set("maxmemory-policy", "volatile-lru")
            assert waiting.popen.wait(30) == 1
            assert "volatile-lru" in waiting.log.read_text().splitlines()[-1]
        finally:
            server.stop()
    finally:
        waiting.stop()


def test_a_worker_that_waits_for_redis_hears_sigterm(folder, artefact):
    variables = environment(redis_url=f"unix://{folder}/none.sock", model_dir=artefact)
    waiting = processes.start("stopped", [sys.executable, "-m", "worker"], variables, folder)
    until(lambda: "waiting for Redis: " in waiting.log.read_text())
    waiting.popen.send_signal(signal.SIGTERM)
    assert waiting.popen.wait(15) == 0
    assert "Traceback" not in waiting.log.read_text()


def until(condition):
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def test_what_info_tells_of_durability_is_told_and_no_more(client):
    assert durability(client, None) == "aof"
    client.config_set("appendonly", "no")
    try:
        assert durability(client, None) == "none"
    finally:
        client.config_set("appendonly", "yes")


def test_the_operators_word_is_taken_unless_info_contradicts_it(client):
    assert durability(client, "aof-always") == "aof-always"
    client.config_set("appendonly", "no")
    try:
        assert durability(client, "aof-always") == "none"
        assert durability(client, "sync") == "sync"
    finally:
        client.config_set("appendonly", "yes")


def test_a_redis_that_refuses_info_leaves_it_unknown(client, redis_url):
    client.acl_setuser("mute", enabled=True, nopass=True, commands=["-@all", "+hello", "+ping"])
    try:
        with connect(redis_url.replace("unix://", "unix://mute:any@")) as mute:
            assert durability(mute, None) == "unknown"
            assert durability(mute, "sync") == "sync"
            check_policy(mute)
    finally:
        client.acl_deluser("mute")
