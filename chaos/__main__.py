"""`make chaos`: the negative control, the storm, the fault matrix; writes docs/chaos.md."""

import argparse
import datetime
import math
import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

from chaos import control, document, judgement
from chaos.case import Case, Outcome, Where, play
from chaos.families import FAMILIES
from chaos.faults import FAULTS
from chaos.offline import Oracle
from chaos.rig import Rig
from chaos.storm import Plan, Storm, storm
from local import processes, state
from protocol.errors import LoanscoreError
from protocol.settings import Settings

DOCUMENT = Path("docs/chaos.md")
#: Submissions a second of the storm.
RATE = 50
#: A short run begins no further case after this long, s.
BUDGET_S = 260


def main() -> int:
    """Run everything.

    Returns:
        0; 1 when an invariant was violated, or when the harness proved nothing.
    """
    arguments = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="ls-"))  # short: a socket's path may have 107 bytes
    try:
        return _chaos(arguments, folder)
    except (LoanscoreError, OSError) as error:
        sys.stderr.write(f"loanscore chaos: {error}\n")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of the storm")
    parser.add_argument("--seed", type=int, default=1, help="of what is asked and broken")
    parser.add_argument("--only", default="", help="cases to run alone, such as F03,F07")
    parser.add_argument("--all", action="store_true", help="the slower cases too")
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="what to write")
    return parser.parse_args()


def _chaos(arguments: argparse.Namespace, folder: Path) -> int:
    began = time.monotonic()
    artefact = _artefact(Settings.read(os.environ))
    where = Where(folder, artefact, Oracle(artefact), arguments.all)
    if arguments.only:
        return int(any(one.held is False for one in _cases(arguments, where, math.inf)))
    controlled = control.run(where, arguments.seed)
    window, killed = len(controlled.window.lost), controlled.lost
    print(f"the negative control lost {window} in its window, {killed} under load", flush=True)
    with Rig(folder / "storm", artefact).running() as rig:
        plan = Plan(FAULTS, arguments.seconds, RATE, arguments.seed)
        stormy = storm(rig, where.oracle, plan)
    print(_summary(stormy), flush=True)
    outcomes = _cases(arguments, where, math.inf if arguments.all else began + BUDGET_S)
    command = _command(arguments, time.monotonic() - began)
    arguments.document.write_text(document.write(command, controlled, stormy, outcomes))
    print(f"{command}\nwritten: {arguments.document}", flush=True)
    broken = judgement.broken(controlled, stormy, outcomes)
    for what in broken:
        sys.stderr.write(f"loanscore chaos: {what}\n")
    return int(bool(broken))


def _cases(arguments: argparse.Namespace, where: Where, deadline: float) -> list[Outcome]:
    only = set(filter(None, arguments.only.split(",")))

    def wanted(case: Case) -> bool:
        return case.number in only if only else arguments.all or not case.long

    outcomes = []
    for family in FAMILIES:
        for outcome in play(family.only(wanted), where, deadline):
            print(f"{outcome.number} {outcome}", flush=True)
            outcomes.append(outcome)
    return outcomes


def _summary(stormy: Storm) -> str:
    verdict, longest = stormy.verdict, stormy.longest_s
    broken = verdict.violations or "no violation"
    slowest = "never" if longest is None else f"{longest:.1f} s"
    return (
        f"storm: {verdict.submitted} submitted, {verdict.accepted} accepted, {verdict.answered}"
        f" answered ({verdict.scored} applications), {len(stormy.faults)} faults: {broken};"
        f" slowest recovery {slowest}; {stormy.repeats} executions repeated"
    )


def _command(arguments: argparse.Namespace, seconds: float) -> str:
    options = " --all" if arguments.all else ""
    today = datetime.datetime.now(datetime.UTC).date()
    return (
        f"This page was written by `python -m chaos{options} --seconds {arguments.seconds:g}"
        f" --seed {arguments.seed}` on {today},\nin {seconds:.0f} s,"
        f" on {os.cpu_count()} cores with Python {platform.python_version()}."
    )


def _artefact(settings: Settings) -> Path:
    """Give the folder of the model, which is trained first when there is none."""
    training = [sys.executable, "-m", "training", "--quick"]
    if state.must_train(settings, None) and processes.run_to_end(training, os.environ) != 0:
        raise LoanscoreError("no model was trained, see above; nothing was started")
    return settings.artefact_folder.resolve()


if __name__ == "__main__":
    sys.exit(main())
