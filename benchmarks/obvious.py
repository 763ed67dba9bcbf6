"""The obvious way, written as a tutorial would: one Celery task a request, results in Celery.

Its web side runs under gunicorn, its worker as `celery --app=benchmarks.obvious worker`. Nothing
is left out to make it slow, and nothing is added that ours has: no key, no validation, no reasons.
"""

import os
from typing import Any

import joblib
import pandas
from celery import Celery
from flask import Flask, request

from protocol.application import Application
from protocol.artefact import MODEL_FILE
from protocol.broker import broker_url
from protocol.settings import Settings

settings = Settings.read(os.environ)
queue = Celery("obvious", broker=broker_url(settings.redis), backend=broker_url(settings.redis))
web = Flask("obvious")
# Loaded before the pool forks: once, and shared by its processes.
model = joblib.load(settings.artefact_folder / MODEL_FILE)


@queue.task  # type: ignore[untyped-decorator]
def score(application: dict[str, Any]) -> float:
    """Compute one applicant's pd."""
    frame = pandas.DataFrame([application], columns=Application._fields)
    # The served pipeline takes an array; a pipeline fitted on frames would take longer.
    return float(model.predict_proba(frame.to_numpy(float))[0, 1])


@web.post("/scores")
def submit() -> tuple[dict[str, str], int]:
    """Enqueue one application."""
    return {"id": score.delay(request.get_json()).id}, 202


@web.get("/scores/<task_id>")
def poll(task_id: str) -> dict[str, Any]:
    """Tell how far it is."""
    result = score.AsyncResult(task_id)
    match result.state:
        case "SUCCESS":
            return {"status": "succeeded", "pd": result.result}
        case "FAILURE":
            return {"status": "failed"}
        case _:
            return {"status": "queued"}
