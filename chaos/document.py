"""docs/chaos.md: what one run found, in a layout that does not depend on the run."""

from collections import Counter
from collections.abc import Sequence

from chaos.case import Outcome
from chaos.checker import Verdict
from chaos.control import KILLS, WINDOWS, Control
from chaos.families import FAMILIES
from chaos.faults import STALL_S
from chaos.matrix import ROWS
from chaos.storm import Storm

HEAD = """\
# Chaos

What `make chaos` breaks, and what a caller saw of it. Everything is judged from the callers' own
journal: each call with its times, key, body, status, id and answer. No counter of the service is
believed. {command}

## The invariants

All of them must be 0; the run fails otherwise.

| word | what it counts |
|---|---|
| lost | jobs that were answered 202 and that the service no longer knows |
| duplicated | keys that were given two ids, and ids that were given for two keys |
| changed | final answers that were followed by another one, or by none |
| wrong | answers with a pd further than 1e-12 from the one computed offline |
| stuck | jobs without a final answer 60 s after the last fault has healed |
| refused | submissions that were retried for those 60 s and never accepted |

Every final answer is read a second time at the end and compared byte by byte. The offline pd is
`predict_proba` of the artefact's pipeline.

"""

CONTROL = """\
## The negative control

The same load, journal, checker and kills against plain Celery, one message a job, with
`task_acks_late`, `task_reject_on_worker_lost` and a visibility timeout of 5 s. If either part of it
loses nothing the run fails, because the harness would prove nothing. A worker that is killed under
load, here and in the storm, first stalls for up to {stall:.1f} s, as on a host that is dying.

| what | accepted | answered | lost |
|---|---:|---:|---:|
"""

STORM = """\
## The storm

{seconds:.0f} s of steady load{batches} on a loanscore with two workers, one fault after
the other, all of them in a new order each round. A retry carries the key of the first try.

| what | count |
|---|---:|
"""

FAULTS = """
| fault | times | slowest recovery, s |
|---|---:|---:|
"""

REPEATS = """
Recovery is from the end of a fault (a killed process: from the start of the next one) to the first
answer of a job submitted after it. Workers were given {repeats} single jobs more than once; no
caller could see it.
"""

MATRIX = """
## The fault matrix

"Held" means: the case ran in this run and no invariant was violated. A row that this run did not
run says so.

| case | what | how it is injected | what happened | shown by |
|---|---|---|---|---|
"""

SHORT, LONG = "`make chaos`", "`python -m chaos --all`"
#: Fields of a verdict that the document shows, in order.
COUNTS = ("submitted", "accepted", "answered", "scored", "failed")
INVARIANTS = ("lost", "duplicated", "changed", "wrong", "stuck", "refused")


def write(command: str, control: Control, stormy: Storm, outcomes: Sequence[Outcome]) -> str:
    """Write the whole document.

    Args:
        command: the sentence that says which command made it, and when and where.
        control: of the negative control.
        stormy: of the storm.
        outcomes: of the cases that were run.
    """
    return (
        HEAD.format(command=command)
        + _control(control)
        + _storm(stormy)
        + MATRIX
        + _matrix(outcomes)
    )


def _control(control: Control) -> str:
    windows = f"{WINDOWS} times: worker frozen, one job published, worker killed"
    rows = [
        _counts(windows, control.window),
        *(_counts(f"{KILLS} workers killed under load", storm) for storm in control.storms),
    ]
    return CONTROL.format(stall=STALL_S) + "".join(rows) + "\n"


def _counts(what: str, verdict: Verdict) -> str:
    return f"| {what} | {verdict.accepted} | {verdict.answered} | **{len(verdict.lost)}** |\n"


def _storm(stormy: Storm) -> str:
    verdict = stormy.verdict
    counts = {name: getattr(verdict, name) for name in COUNTS}
    counts |= {name: len(getattr(verdict, name)) for name in INVARIANTS}
    times = Counter(one.name for one in stormy.faults)
    return "".join(
        (
            STORM.format(
                seconds=stormy.seconds, batches=", batches among it," if stormy.batches else ""
            ),
            *(f"| {name} | {count:,} |\n" for name, count in counts.items()),
            FAULTS,
            *(f"| {name} | {times[name]} | {_slowest(stormy, name)} |\n" for name in sorted(times)),
            REPEATS.format(repeats=stormy.repeats),
        )
    )


def _slowest(stormy: Storm, name: str) -> str:
    times = [one.recovered_s for one in stormy.faults if one.name == name]
    known = [one for one in times if one is not None]
    return f"{max(known):.1f}" if len(known) == len(times) else "never"


def _matrix(outcomes: Sequence[Outcome]) -> str:
    run = {outcome.number: outcome for outcome in outcomes}
    cases = {case.number: case for family in FAMILIES for case in family.cases}
    lines = []
    for row in ROWS:
        case, happened = cases.get(row.number), str(run.get(row.number, "not run in this run"))
        how = case.how if case else row.how
        shown_by = row.shown_by or (LONG if case and case.long else SHORT)
        lines.append(f"| {row.number} | {row.what} | {how} | {happened} | {shown_by} |\n")
    return "".join(lines)
