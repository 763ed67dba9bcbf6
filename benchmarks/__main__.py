"""`make bench`: print one table and write it to bench/bench.md below LOANSCORE_STATE_DIR."""

import argparse
import os
import shutil
import sys
from pathlib import Path

from benchmarks import interruption, load, run
from benchmarks.artefact import trained
from benchmarks.cases import TOLERANCE, invent
from benchmarks.machine import facts
from benchmarks.table import cost_of_reasons, table
from local import state
from local.redis import server_binary
from protocol.artefact import read_manifest
from protocol.errors import LoanscoreError
from protocol.settings import Settings

PACKAGES = ("celery", "flask", "granian", "gunicorn", "scikit-learn")
NOTES = f"""\
- checked: answers compared with `predict_proba` computed offline, to {TOLERANCE:g}; of the empty
  POST only its status. All targets get the same applications from the same {load.CALLERS} callers.
- loanscore: `make run`'s Redis, one worker and API; key, validation, points and reasons included.
- loanscore without reasons: the same, but its worker computes no contributions and gives none.
- obvious way: Flask under gunicorn, a Celery task a request on a pandas frame, Celery's results,
  a pool of as many processes as cores; a Redis of its own, started as ours is.
- predecessor's route: Flask under gunicorn, two processes, the model called in the request. It is
  given the right model here: its own answered "no risk" to everyone.
- empty POST: a Flask route that does nothing, on our server and settings: the ceiling of a call.
- callers' core busy: share of one core the callers took. It is the same machine's, so near 100 %
  the callers are the limit, not the service.
"""


def main() -> int:
    """Run the benchmark.

    Returns:
        0; 1 on a failure that was named on stderr or when an answer was wrong or missing; 130 when
        told to stop.
    """
    arguments = _arguments()
    interruption.listen()
    try:
        settings = Settings.read(os.environ)
        folder = settings.state_dir / "bench"
        with state.locked(folder):
            return _bench(settings, folder, arguments.count, arguments.rounds)
    except KeyboardInterrupt:
        return 130
    except (LoanscoreError, OSError) as error:
        sys.stderr.write(f"loanscore bench: {error}\n")
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--count", type=_positive, default=2_000, help="applications a round")
    parser.add_argument("--rounds", type=_positive, default=5, help="rounds of each target")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _bench(settings: Settings, folder: Path, count: int, rounds: int) -> int:
    artefact = trained(settings)
    cases = invent(artefact, count)
    about = facts(
        server_binary(os.environ.get("PATH", os.defpath)), read_manifest(artefact), PACKAGES
    )
    heading = f"{count:,} applications a round, {rounds} rounds in turn; {about}"
    print(heading, flush=True)
    hosts = folder / "hosts"
    shutil.rmtree(hosts, ignore_errors=True)  # an earlier run's Redis would load its old records
    with run.services(hosts, artefact, os.environ) as targets:
        played = run.play(targets, cases, rounds)
    reasons = cost_of_reasons(played["loanscore"], played["loanscore without reasons"])
    shown = f"{table(played, base='obvious way')}\n\n{reasons}"
    (folder / "bench.md").write_text(f"{heading}\n\n{shown}\n\n{NOTES}")
    print(f"\n{shown}\n\n{NOTES}", flush=True)
    flawless = all(one.flawless for each in played.values() for one in each)
    return int(not flawless)


if __name__ == "__main__":
    sys.exit(main())
