"""The containers' health checks tell a service that works from one that does not."""

import socket
import subprocess
import sys

from protocol import names
from protocol.outbox import POSTMAN_MS
from tests.conftest import environment
from tests.webhooks.conftest import until


def checked(url, *service) -> int:
    """The exit code of the containers' health check."""
    command = [sys.executable, "-m", "worker.alive", *service]
    return subprocess.run(command, env=environment(redis_url=url), check=False).returncode


def test_a_postman_is_alive_while_it_looks_and_not_for_long_after(post, client, redis_url):
    key = names.POSTMAN + socket.gethostname()
    assert checked(redis_url, "postman") == 1
    postman = post.start()
    until(lambda: client.exists(key))
    assert checked(redis_url, "postman") == 0
    assert checked(redis_url) == 1  # and is no worker
    client.delete(key)
    until(lambda: client.exists(key))  # it goes on saying so
    postman.stop()
    assert 0 < client.pttl(key) <= POSTMAN_MS
    client.delete(key)  # what its time to live does
    assert checked(redis_url, "postman") == 1


def test_a_worker_of_a_running_service_is_alive(service):
    assert checked(service.redis_url_of("worker")) == 0
    assert checked(service.redis_url_of("worker"), "campaigns") == 1


def test_nothing_is_alive_without_redis(tmp_path):
    for asked in ([], ["campaigns"], ["postman"]):
        assert checked(f"unix://{tmp_path}/none", *asked) == 1
