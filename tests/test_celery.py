"""The settings that keep work safe, on the applications and connections as they are built."""

import pytest

from api.queue import Doorbell
from protocol import names
from protocol.ledger import connect
from protocol.settings import Settings
from worker import __main__ as worker_main
from worker import transport
from worker.app import create_scores_app


@pytest.fixture
def worker_conf(champion, redis_url):
    return create_scores_app(Settings(redis_url=redis_url), champion).conf


@pytest.fixture
def api_conf(redis_url):
    return Doorbell(Settings(redis_url=redis_url))._app.conf


@pytest.fixture(params=["api", "worker"])
def conf(request):
    return request.getfixturevalue(f"{request.param}_conf")


def test_no_result_is_kept_by_celery(conf):
    assert conf.result_backend is None
    assert conf.task_ignore_result is True


def test_only_json_is_spoken(conf):
    assert conf.accept_content == ["json"]
    assert conf.result_accept_content in (None, ["json"])
    assert conf.task_serializer == "json"
    assert conf.event_serializer == "json"


def test_there_is_no_remote_control_and_there_are_no_events(conf):
    assert conf.worker_enable_remote_control is False
    assert conf.worker_send_task_events is False
    assert conf.task_send_sent_event is False


def test_a_message_is_settled_before_it_runs_and_taken_one_at_a_time(conf):
    assert conf.task_acks_late is False
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_default_queue == names.SCORES_QUEUE


def test_a_lost_connection_is_sought_for_ever_by_those_who_can_wait(conf):
    assert conf.broker_connection_retry_on_startup is True
    assert conf.broker_connection_max_retries is None
    assert conf.broker_pool_acquire_timeout == 1.0
    assert conf.task_publish_retry is False


def test_both_ends_keep_their_keys_under_the_hash_tag_and_notice_dead_connections(conf):
    options = conf.broker_transport_options
    assert options["global_keyprefix"] == names.TAG
    assert options["socket_keepalive"] is True
    assert options["health_check_interval"] == 10


def test_a_worker_waits_for_redis_as_long_as_a_blocking_pop_needs(worker_conf):
    options = worker_conf.broker_transport_options
    assert (options["socket_timeout"], options["socket_connect_timeout"]) == (5, 2)
    assert worker_conf.broker_transport == transport.NAME
    assert transport.Channel.ack_emulation is False


def test_the_api_waits_for_redis_as_long_as_a_caller_would(api_conf):
    options = api_conf.broker_transport_options
    assert (options["socket_timeout"], options["socket_connect_timeout"]) == (0.6, 0.5)
    assert options["max_retries"] == 1
    retries = (options["interval_start"], options["interval_step"], options["interval_max"])
    assert retries == (0, 0.1, 0.2)


def test_no_setting_is_made_that_does_nothing_under_the_solo_pool(worker_conf):
    defaults = ("task_time_limit", "task_soft_time_limit", "worker_max_memory_per_child")
    assert "--pool=solo" in worker_main.COMMAND
    assert [name for name in defaults if worker_conf[name] is not None] == []


def test_a_worker_is_started_without_talk_among_workers(service):
    (worker,) = [process for process in service.processes if process.name == "worker"]
    assert worker.popen.args[1:] == ["-m", "worker"]
    talk = {"--without-mingle", "--without-gossip", "--without-heartbeat"}
    assert talk <= set(worker_main.COMMAND)
    with connect(service.redis_url) as operator:
        assert operator.pubsub_numpat() == 0
        assert operator.pubsub_channels(f"{names.TAG}*pidbox*") == []


def test_the_ledgers_own_connection_gives_up_soon_and_tries_twice(redis_url):
    with connect(redis_url) as client:
        options = client.connection_pool.connection_kwargs
    assert (options["socket_timeout"], options["socket_connect_timeout"]) == (0.6, 0.5)
    assert options["health_check_interval"] == 10
    assert options["retry"].get_retries() == 1
    assert options["retry"]._backoff.compute(1) == 0
    with connect("redis://localhost/0") as client:
        assert client.connection_pool.connection_kwargs["socket_keepalive"] is True
