"""The negative control's worker, started as `celery --app=chaos.plain_worker worker`."""

import os

import joblib
from celery.signals import worker_ready

from chaos.plain import READY, TASK, create_app
from protocol.artefact import MODEL_FILE
from protocol.settings import Settings

settings = Settings.read(os.environ)
app = create_app(settings.redis)
# Loaded before the pool forks: once, and shared by its processes.
model = joblib.load(settings.artefact_folder / MODEL_FILE)


@app.task(name=TASK)  # type: ignore[untyped-decorator]
def score(application: list[float]) -> float:
    """Compute one applicant's pd."""
    return float(model.predict_proba([application])[0, 1])


def _say_so(**_: object) -> None:
    print(READY, flush=True)


worker_ready.connect(_say_so)
