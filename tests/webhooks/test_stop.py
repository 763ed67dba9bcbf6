"""A postman is stopped, killed, or loses Redis: every event still arrives."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from local import processes
from local.redis import command, server_binary, socket_path
from protocol.ledger import connect
from tests.conftest import environment
from tests.webhooks.conftest import Post, until
from tests.webhooks.receiver import answers, hangs, receiver


@pytest.fixture
def own_redis(folder: Path, tmp_path: Path) -> Iterator[list[processes.Process]]:
    """A Redis of one test's own, the one item of the list; it may be replaced."""
    here = folder / tmp_path.name[-12:]
    here.mkdir(mode=0o700)
    running = [start_redis(here)]
    try:
        yield running
    finally:
        running[0].stop()


def start_redis(here: Path) -> processes.Process:
    binary = server_binary(environment()["PATH"])
    return processes.start("redis", command(binary, here), environment(), here)


def test_a_postman_killed_while_delivering_leaves_the_event_to_another(post, report):
    with receiver(hangs, answers(204)) as there:
        webhook, _ = post.hook(there.url())
        post.finish(webhook)
        first = post.start(webhook_timeout_s=1)
        there.wait(1)
        first.popen.kill()
        first.popen.wait()
        killed = time.monotonic()
        post.start(webhook_timeout_s=1)
        one, two = there.wait(2)
        (entry,) = post.log(webhook, 1)
    report(f"postman killed, lease 3 s: delivered again {two.at - killed:.1f} s later")
    assert one.headers["webhook-id"] == two.headers["webhook-id"]
    assert (entry["attempt"], entry["outcome"]) == (2, "delivered")


def test_a_stopped_postman_finishes_what_is_under_way(post):
    with receiver(slow_but_sure) as there:
        webhook, _ = post.hook(there.url())
        post.finish(webhook)
        postman = post.start(webhook_timeout_s=10)
        there.wait(1)
        postman.popen.send_signal(signal.SIGTERM)
        there.going.set()
        assert postman.popen.wait(15) == 0
        (entry,) = post.log(webhook, 1)
    assert entry["outcome"] == "delivered"


def slow_but_sure(handler) -> None:
    handler.server.going.wait()
    answers(204)(handler)


def test_two_postmen_send_every_event_once(post):
    with receiver() as there:
        webhooks = [post.hook(there.url(path=f"/{n}"))[0] for n in range(3)]
        for _ in range(40):
            for webhook in webhooks:
                post.finish(webhook)
        post.start(webhook_timeout_s=20)
        post.start(webhook_timeout_s=20)
        for webhook in webhooks:
            post.log(webhook, 40)
        ids = [received.headers["webhook-id"] for received in there.received]
    assert len(ids) == len(set(ids)) == 120


def test_a_redis_that_goes_away_is_waited_out(own_redis, folder, tmp_path):
    here = folder / tmp_path.name[-12:]
    url = f"unix://{socket_path(here)}"
    with connect(url) as client, receiver() as there:
        until(lambda: answers_ping(client))
        post = Post(client, url, tmp_path)
        try:
            webhook, _ = post.hook(there.url())
            postman = post.start()
            post.finish(webhook)
            there.wait(1)
            post.log(webhook, 1)
            own_redis[0].popen.kill()
            own_redis[0].popen.wait()
            until(lambda: "claim: Redis did not do" in post.written())
            own_redis[0] = start_redis(here)
            until(lambda: answers_ping(client))
            post.finish(webhook)
            there.wait(2)
            post.log(webhook, 2)
            assert postman.popen.poll() is None
        finally:
            post.stop()
        assert "Traceback" not in post.written()


def answers_ping(client) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def test_a_postman_loads_no_model_and_no_web_server(tmp_path):
    code = "import sys, worker.webhooks; print(*{m.partition('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "sklearn", "joblib", "celery", "flask"} & set(done.stdout.split())


def test_a_wrong_setting_ends_it_in_one_line(post, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "worker.webhooks"],
        env=environment(webhook_allow_nets="10.0.0.1/8"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("loanscore webhooks: LOANSCORE_WEBHOOK_ALLOW_NETS")
    assert done.stderr.count("\n") == 1
