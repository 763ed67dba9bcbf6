"""The contract between the two ends of the queue: name, queue, and nothing else."""

import base64
import json

from api.queue import Doorbell
from protocol import names
from protocol.application import EXAMPLE
from protocol.broker import API_WAITS, WORKER_WAITS, celery_settings
from protocol.ledger import Job, Ledger
from protocol.settings import Settings
from worker.app import create_scores_app


def test_a_doorbell_names_the_task_and_carries_nothing(client, redis_url):
    Doorbell(Settings(redis_url=redis_url)).ring()
    (message,) = client.lrange(names.TAG + names.SCORES_QUEUE, 0, -1)
    envelope = json.loads(message)
    assert envelope["headers"]["task"] == names.SCORES_DOORBELL
    assert envelope["content-type"] == "application/json"
    args, kwargs, _ = json.loads(base64.b64decode(envelope["body"]))
    assert (args, kwargs) == ([], {})


def test_the_worker_registers_the_task_the_api_sends(redis_url, champion):
    app = create_scores_app(Settings(redis_url=redis_url), champion)
    own = {name for name in app.tasks if not name.startswith("celery.")}
    assert own == {names.SCORES_DOORBELL}


def test_ringing_without_redis_is_not_an_error(tmp_path):
    Doorbell(Settings(redis_url=f"unix://{tmp_path}/none.sock")).ring()


def test_the_settings_that_keep_work_safe_are_in_force(redis_url):
    for waits in (API_WAITS, WORKER_WAITS):
        settings = celery_settings(Settings(redis_url=redis_url), waits)
        assert settings["result_backend"] is None
        assert settings["accept_content"] == ["json"]
        assert settings["worker_enable_remote_control"] is False
        assert settings["broker_transport_options"]["socket_timeout"] <= 5
        assert settings["broker_transport_options"]["global_keyprefix"] == names.TAG


def test_two_doorbells_at_once_score_a_job_once(client, redis_url, champion):
    settings = Settings(redis_url=redis_url)
    ledger = Ledger(client, settings)
    ledger.accept([Job(names.new_score_id(), EXAMPLE)], "tests")
    answer_doorbell = create_scores_app(settings, champion).tasks[names.SCORES_DOORBELL]
    answer_doorbell()
    answer_doorbell()
    books = ledger.books()
    assert (books.accepted, books.final["succeeded"], books.drift) == (1, 1, 0)
