"""Single scores at a steady pace, with and without a challenger that scores in the shade beside."""

import asyncio
import time
from pathlib import Path
from statistics import median

from benchmarks.campaigns.lane import PAUSE_S, Lane
from benchmarks.campaigns.latency import Waits, ask
from benchmarks.cases import Case
from benchmarks.table import markdown
from protocol.artefact import read_manifest
from protocol.challenger import Challenger
from records import shade
from records.folder import Folder
from training import challenger, data, generator
from training.models import random_forest
from training.split import split
from training.study import Study

#: Loans that the challenger learns from.
LOANS = 10_000
#: Decisions a second that it scores at most: so many are archived that it is never done early.
FASTEST = 15_000
ABSENT, ABREAST, BEHIND = "no challenger", "challenger abreast", "challenger far behind"
HEADINGS = (
    "single scores",
    "answered",
    "wrong or missing",
    "p50 ms, median (range)",
    "p99 ms, median (range)",
    "longest ms",
    "scored in the shade",
)


def forest(artefact: Path, folder: Path) -> Challenger:
    """Keep a random forest, fitted on look-alike loans, as `make train` keeps one."""
    loans = folder.with_suffix(".csv")
    generator.write(loans, generator.look_alike(LOANS, seed=7))
    study = Study(random_forest(split(data.read(loans)).learn), {}, {}, None, 0)  # type: ignore[arg-type]
    return challenger.write(folder, "random-forest", study, read_manifest(artefact), "none")


class Sides:
    """The same callers at two services, one of which has a challenger.

    It is abreast, with no more to score than what is decided meanwhile, or far behind, with work
    for all the time.

    Args:
        without: where none scores.
        beside: where one does; its archive is full of decisions.
        about: the challenger.
        cases: what is asked in a round.
    """

    def __init__(self, without: Lane, beside: Lane, about: Challenger, cases: list[Case]) -> None:
        self._lanes = {ABSENT: without, ABREAST: beside, BEHIND: beside}
        self._archive = Folder(beside.service.settings.records_folder)
        self._done = shade.of(beside.service.settings.shade_folder, about.digest)
        self._cases = cases
        self.rounds: dict[str, list[Waits]] = {name: [] for name in self._lanes}
        #: decisions that the challenger scored during the rounds
        self.scored = dict.fromkeys(self._lanes, 0)
        for lane in (without, beside):
            asyncio.run(ask(lane, cases, Waits()))
        self._rest()

    def play(self) -> None:
        """Play one round of each, in the other direction than in the round before."""
        order = list(self._lanes)[:: -1 if len(self.rounds[ABSENT]) % 2 else 1]
        for name in order:
            if name == BEHIND:
                self._begin_again()
            before = 0 if name == BEHIND else self._rows()
            self.rounds[name].append(Waits())
            asyncio.run(ask(self._lanes[name], self._cases, self.rounds[name][-1]))
            if name != ABSENT:
                self.scored[name] += self._rows() - before
            self._rest()

    @property
    def flawed(self) -> int:
        """Answers that were wrong or missing."""
        return sum(one.flawed for played in self.rounds.values() for one in played)

    def p99s(self, name: str) -> list[float]:
        """Give the p99 of each round, ms."""
        return [one.p(99) for one in self.rounds[name]]

    def text(self) -> str:
        """Write one row each, and what comes of the comparison."""
        without, abreast, behind = (self.p99s(name) for name in self._lanes)
        found, worst = median(abreast), max(without)
        met = found <= worst and self.scored[ABREAST]
        return (
            f"{markdown([HEADINGS, *map(self._row, self._lanes)])}\n\n"
            f"p99 beside a challenger that is abreast: {found:.1f} ms,"
            f" {found / median(without):.2f} times that without; not above the"
            f" {min(without):.1f} to {worst:.1f} ms of the {len(without)} rounds without:"
            f" {'met' if met else 'missed'}."
            f" Far behind: {median(behind) / median(without):.2f} times."
        )

    def _row(self, name: str) -> tuple[str, ...]:
        played = self.rounds[name]
        return (
            name,
            f"{sum(len(one.answered) for one in played):,}",
            f"{sum(one.flawed for one in played):,}",
            _ranged([one.p(50) for one in played]),
            _ranged([one.p(99) for one in played]),
            f"{max(one.p(100) for one in played):.1f}",
            f"{self.scored[name]:,}",
        )

    def _rows(self) -> int:
        return shade.read(self._done, None, None).height

    def _begin_again(self) -> None:
        """Have the challenger score the whole archive anew: nothing of it is done."""
        with self._done.changing(wait=True):
            for file in self._done.files():
                file.remove()

    def _rest(self) -> None:
        """Leave no work: the other service is measured next."""
        while len(self._done.files()) < len(self._archive.files()):
            self._lanes[BEHIND].service.check()
            time.sleep(PAUSE_S)


def _ranged(found: list[float]) -> str:
    return f"{median(found):.1f} ({min(found):.1f}-{max(found):.1f})"
