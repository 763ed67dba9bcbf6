"""`make run`: train if need be, start everything, score one loan, stay until Ctrl-C or SIGTERM."""

import hashlib
import json
import os
import shlex
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from local import key, person, processes, state
from local.service import Service
from protocol.application import EXAMPLE
from protocol.errors import LoanscoreError
from protocol.ledger import connect
from protocol.people import People
from protocol.settings import Settings
from protocol.states import FINAL

#: The first score must be there within this time, s.
FIRST_SCORE_S = 30


class RunError(LoanscoreError):
    """The run cannot go on."""


def main() -> int:
    """Run until told to stop.

    Returns:
        0 when told to stop, 1 on a failure that was named on stderr.
    """
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _stop)
    try:
        settings = Settings.read(os.environ)
        with state.locked(settings.state_dir):
            _run(settings)
    except KeyboardInterrupt:
        return 0
    except (LoanscoreError, OSError) as error:
        sys.stderr.write(f"loanscore: {error}\n")
        return 1
    return 0


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _run(settings: Settings) -> None:
    began = time.monotonic()
    _check_port(settings)
    service = Service(settings, os.environ)
    if _train(settings, service.environment):
        began = time.monotonic()
    try:
        service.start()
        service.start_campaign_worker()
        with connect(service.redis_url) as client:
            person.ensure(settings, People(client))
        ready_s = time.monotonic() - began
        _show(service, _first_score(service.url, key.read(settings)), ready_s)
        while True:
            service.check()
            time.sleep(0.5)
    finally:
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, signal.SIG_IGN)
        service.stop()
        print("loanscore: stopped", flush=True)


def _check_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise RunError(
                f"port {settings.port} on {settings.host} cannot be used ({error.strerror});"
                " set LOANSCORE_PORT to a free one"
            ) from None


def _train(settings: Settings, environment: dict[str, str]) -> bool:
    data = os.environ.get("LOAN_DATA")
    digest = _sha256(Path(data)) if data else None
    if not state.must_train(settings, digest):
        return False
    if processes.run_to_end([sys.executable, "-m", "training", "--quick"], environment) != 0:
        raise RunError("no model was trained, see above; nothing was started")
    return True


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RunError(
            f"LOAN_DATA={path}: {error.strerror}; name a CSV file, or unset it to train on"
            " generated look-alike data"
        ) from None


def _first_score(url: str, secret: str) -> dict[str, Any]:
    """Submit one application and poll its score, as any caller would."""
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=url, headers=headers, timeout=5) as http:
        accepted = http.post("/v1/scores", json={"application": EXAMPLE._asdict()})
        accepted.raise_for_status()
        ends = time.monotonic() + FIRST_SCORE_S
        while time.monotonic() < ends:
            score: dict[str, Any] = http.get(accepted.headers["Location"]).json()
            if score["status"] in FINAL:
                return score
            time.sleep(0.02)
    raise RunError(f"the first score was not there after {FIRST_SCORE_S} s; see the logs")


def _show(service: Service, score: dict[str, Any], ready_s: float) -> None:
    key_file = shlex.quote(str(key.path(service.settings)))
    bearer = f'-H "Authorization: Bearer $(cat {key_file})"'
    body = shlex.quote(json.dumps({"application": EXAMPLE._asdict()}))
    print(
        f"""
One application, scored over HTTP -> Redis -> Celery -> poll:

{json.dumps(score, indent=2, ensure_ascii=False)}

loanscore is ready ({ready_s:.1f} s).
  page     {service.url}/  (sign in as {person.NAME}; the password is in
           {person.path(service.settings)})
  API      {service.url}/v1/scores
  ready?   {service.url}/readyz
  key      {key.path(service.settings)}
  model    {service.settings.artefact_folder}
  logs     {service.logs}

Submit one yourself:
  curl -s {service.url}/v1/scores {bearer} -H 'Content-Type: application/json' -d {body}
and poll it by the id it answers, as for the one above:
  curl -s {service.url}{score["links"]["self"]} {bearer}

Ctrl-C stops everything.""",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
