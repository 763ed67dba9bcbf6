"""One run: start everything, warm it up, play the rounds in turn, stop everything."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import interruption, load
from benchmarks.cases import Case
from benchmarks.host import Host
from benchmarks.load import Round
from benchmarks.services import SERVICES
from benchmarks.target import Target
from protocol.errors import LoanscoreError

#: Cases of the round that is played before the others and not counted.
WARM_UP = 200


class BenchmarkError(LoanscoreError):
    """There is nothing to put into a table."""


@contextmanager
def services(
    folder: Path, artefact: Path, environment: Mapping[str, str]
) -> Iterator[list[Target]]:
    """Have all services up, each in a folder of its own below `folder`."""
    with ExitStack() as stack:
        targets = []
        try:
            for service in SERVICES:
                host = Host(folder / service.__name__, artefact, environment)
                with interruption.postponed():
                    targets.append(stack.enter_context(service(host)))
                print(f"{targets[-1].name} is up", flush=True)
            yield targets
        finally:
            interruption.ignore()


def play(targets: list[Target], cases: list[Case], rounds: int) -> dict[str, list[Round]]:
    """Play rounds of all targets in turn, so that a busy neighbour disturbs all alike.

    Returns:
        The rounds of each target, by its name.
    """
    for target in targets:
        _answered(target, cases[:WARM_UP])
    played: dict[str, list[Round]] = {target.name: [] for target in targets}
    for number in range(1, rounds + 1):
        for target in targets:
            one = _answered(target, cases)
            played[target.name].append(one)
            print(f"round {number} of {rounds}: {target.name}: {one.rate:,.0f}/s", flush=True)
    return played


def _answered(target: Target, cases: list[Case]) -> Round:
    """Play one round.

    Raises:
        BenchmarkError: nobody was answered.
        ProcessEndedError: the service has ended.
    """
    found = load.play(target, cases)
    target.check()
    if found.fault:
        print(f"{target.name}: {found.missing} missing, the first: {found.fault}", flush=True)
    if not found.checked:
        raise BenchmarkError(f"{target.name} answered none of {found.asked} applications")
    return found
