"""The users of Redis: they can do what a score takes, and none of what would harm it."""

import os
import re
import shutil
import stat
import subprocess

import pytest
import redis

from local import processes
from local.redis import command, server_binary, socket_path
from local.redis_users import TEMPLATE, USERS
from protocol import names
from protocol.application import EXAMPLE
from protocol.ledger import connect
from tests.conftest import ROOT, caller

FORBIDDEN = [
    ["FLUSHALL"],
    ["FLUSHDB"],
    ["CONFIG", "GET", "*"],
    ["CONFIG", "SET", "maxmemory", "1"],
    ["KEYS", "*"],
    ["SCAN", "0"],
    ["EVAL", "return 1", "0"],
    ["DEBUG", "SLEEP", "0"],
    ["ACL", "LIST"],
    ["ACL", "SETUSER", "api", "+@all"],
    ["SCRIPT", "FLUSH"],
    ["SHUTDOWN", "NOSAVE"],
    ["REPLICAOF", "127.0.0.1", "1"],
    ["MONITOR"],
    ["CLIENT", "KILL", "TYPE", "normal"],
    ["GET", "elsewhere"],
    ["SET", "elsewhere", "1"],
    ["PUBLISH", "elsewhere", "1"],
]
#: The Lua steps that each user runs, see protocol/lua.
STEPS = {
    "api": {"job", "accept", "ask", "cancel", "erase", "read", "redrive", "take"}
    | {"override", "override_request", "override_settle", "outcomes"}
    | {"webhook_create", "webhook_delete", "webhook_rotate"}
    | {"campaign", "campaign_create", "campaign_erase", "campaign_turn"},
    "worker": {"job", "claim", "complete", "sweep"}
    | {"campaign", "campaign_claim", "campaign_renew", "campaign_settle", "campaign_sweep"}
    | {"records_lease", "records_settle"}
    | {"monitoring_lease", "monitoring_settle"},
    "postman": {"outbox_turn", "outbox_claim", "outbox_settle"},
}


def test_a_whole_score_is_run_without_one_refusal(own):
    with connect(own.redis_url) as operator, caller(own) as http:
        operator.acl_log_reset()
        for _ in range(20):
            assert http.wait(http.submit(EXAMPLE))["status"] == "succeeded"
            operator.delete(names.BELL)  # so that the next one rings
        assert http.get("/readyz").json()["durability"] == "aof-always"
        own.start_worker("worker-2").stop()
        own.processes.pop()
        assert operator.acl_log() == []
        by_user = {client["user"] for client in operator.client_list()}
    assert {"api", "worker"} <= by_user


@pytest.mark.parametrize("forbidden", FORBIDDEN, ids=" ".join)
@pytest.mark.parametrize("user", USERS)
def test_what_is_not_needed_is_refused(own, user, forbidden):
    with connect(own.redis_url_of(user)) as client:
        assert client.ping()
        # Redis 7 refuses DEBUG to everyone before it asks who it is
        refusal = "(?i)permission|DEBUG command not allowed"
        with pytest.raises(redis.ResponseError, match=refusal):
            client.execute_command(*forbidden)


def test_a_script_cannot_reach_what_its_user_cannot(own):
    with connect(own.redis_url_of("api")) as client:
        for forbidden in ("'FLUSHALL'", "'GET', 'elsewhere'"):
            script = client.register_script(f"return redis.call({forbidden})")
            with pytest.raises(redis.ResponseError):
                script()


def test_passwords_are_new_for_each_start_and_lie_nowhere_readable(own, folder):
    file = own.settings.state_dir / "redis" / "users.acl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for user in USERS:
        password = own.redis_url_of(user).split(":")[2].split("@")[0]
        assert password not in file.read_text()
        assert [log for log in own.logs.iterdir() if password in log.read_text()] == []
    wrong = own.redis_url_of("api").replace("api:", "api:x")
    with connect(wrong) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_each_user_may_call_every_command_of_its_own_steps():
    called = {
        step.stem: set(re.findall(r"redis\.p?call\(\s*'([A-Z]+)'", step.read_text()))
        for step in (ROOT / "protocol" / "lua").glob("*.lua")
    }
    del called["create_key"]  # the operator's
    assert called.keys() == set().union(*STEPS.values())
    for line in TEMPLATE.read_text().splitlines()[1:]:
        user = line.split()[1]
        allowed = {word[1:].upper() for word in line.split() if word.startswith("+")}
        assert set().union(*(called[step] for step in STEPS[user])) - allowed == set()


@pytest.fixture
def secrets(folder):
    """The folder of passwords, as deploy/secrets.sh makes it."""
    state = folder / "contained"
    state.mkdir(mode=0o700)
    environment = os.environ | {"LOANSCORE_STATE_DIR": str(state)}
    subprocess.run([ROOT / "deploy" / "secrets.sh"], env=environment, check=True)
    yield state / "secrets"
    shutil.rmtree(state)


def test_the_containers_redis_starts_with_the_passwords_of_the_files(secrets, folder):
    server = command(server_binary(os.environ["PATH"]), secrets.parent)
    start = ["sh", str(ROOT / "deploy" / "redis" / "start.sh"), str(secrets), *server]
    process = processes.start("contained", start, os.environ, folder)
    passwords = {name: (secrets / f"{name}_password").read_text() for name in ("operator", *USERS)}
    assert len(set(passwords.values())) == len(passwords)
    try:
        for name, password in passwords.items():
            user = "default" if name == "operator" else name
            with connect(f"unix://{user}:{password}@{socket_path(secrets.parent)}") as client:
                until_answered(client, process)
        with (
            connect(f"unix://{socket_path(secrets.parent)}") as nobody,
            pytest.raises(redis.AuthenticationError),
        ):
            nobody.ping()
    finally:
        process.stop()


def test_the_containers_redis_refuses_to_start_without_a_password(secrets):
    start = ["sh", str(ROOT / "deploy" / "redis" / "start.sh"), str(secrets), "true"]
    for name in ("operator", *USERS):
        file = secrets / f"{name}_password"
        password = file.read_text()
        file.unlink()
        ended = subprocess.run(start, capture_output=True, text=True, check=False)
        assert ended.returncode != 0
        assert file.name in ended.stderr
        file.write_text(password)


def test_passwords_that_are_there_stay(secrets):
    before = {file.name: file.read_text() for file in secrets.iterdir()}
    environment = os.environ | {"LOANSCORE_STATE_DIR": str(secrets.parent)}
    subprocess.run([ROOT / "deploy" / "secrets.sh"], env=environment, check=True)
    assert {file.name: file.read_text() for file in secrets.iterdir()} == before
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700


def until_answered(client: redis.Redis, process: processes.Process) -> None:
    while True:
        process.check()
        try:
            client.ping()
        except redis.AuthenticationError:
            raise
        except redis.ConnectionError:
            continue
        else:
            return
