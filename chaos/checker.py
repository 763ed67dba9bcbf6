"""The checker: judge a journal. Pure functions; no counter of the service is believed."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from chaos.journal import Call

#: Largest difference of an answered pd from the one computed offline.
TOLERANCE = 1e-12
#: Submitting answers one of these when the job is on record.
ACCEPTED = frozenset({200, 202})
#: Reading answers one of these when the job is not there.
ABSENT = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a journal proves; each tuple names the keys or ids concerned."""

    #: keys that were sent at least once
    submitted: int
    #: ids that a caller was given
    accepted: int
    #: ids with a final answer
    answered: int
    #: applications in the final answers
    scored: int
    #: applications whose final answer is a failure
    failed: int
    #: accepted, and the service no longer knows them
    lost: tuple[str, ...]
    #: one key was given two ids, or two keys one id
    duplicated: tuple[str, ...]
    #: a final answer was followed by another one, or by none
    changed: tuple[str, ...]
    #: a pd that is not the one computed offline, or an answer that is not for all applications
    wrong: tuple[str, ...]
    #: accepted, known, and still not final when the time was up
    stuck: tuple[str, ...]
    #: sent again and again and never accepted
    refused: tuple[str, ...]

    @property
    def violations(self) -> dict[str, int]:
        """Name of each broken invariant and how often it was."""
        broken = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.type == "tuple[str, ...]" or one.type == tuple[str, ...]
        }
        return {name: len(found) for name, found in broken.items() if found}


def check(calls: Sequence[Call], expected: Mapping[str, Sequence[float]]) -> Verdict:
    """Judge a journal.

    Args:
        calls: all of them, in the order they ended.
        expected: key -> the pd of each of its applications, computed offline.
    """
    ids = _ids(calls)
    reads = _reads(calls)
    owner = {score_id: key for key, given in ids.items() for score_id in given}
    finals = {one: next((r for r in reads[one] if r.final), None) for one in owner}
    answers = {one: read.answer for one, read in finals.items() if read is not None}
    open_ids = [one for one, read in finals.items() if read is None]
    absent = {one for one in open_ids if _last_answered(reads[one]) in ABSENT}
    pds = {one: _pds(answer) for one, answer in answers.items()}
    sent = {call.key for call in calls if call.kind == "submit"}
    return Verdict(
        submitted=len(sent),
        accepted=len(owner),
        answered=len(answers),
        scored=sum(len(found) for found in pds.values()),
        failed=sum(found.count(None) for found in pds.values()),
        lost=tuple(sorted(absent)),
        duplicated=_duplicated(ids),
        changed=tuple(sorted(one for one in answers if _changed(reads[one]))),
        wrong=tuple(sorted(one for one in pds if _wrong(pds[one], expected[owner[one]]))),
        stuck=tuple(sorted(set(open_ids) - absent)),
        refused=tuple(sorted(sent - ids.keys())),
    )


def recovery_s(calls: Iterable[Call], healed: float) -> float | None:
    """Seconds from the end of a fault to the first answer of a job submitted after it.

    None when no job that was submitted afterwards was answered.
    """
    calls = list(calls)
    after = {
        call.id
        for call in calls
        if call.kind == "submit" and call.status in ACCEPTED and call.began >= healed
    }
    ends = [call.ended for call in calls if call.final and call.id in after]
    return min(ends) - healed if ends else None


def _ids(calls: Sequence[Call]) -> dict[str, set[str]]:
    """Key -> the ids given for it."""
    ids: dict[str, set[str]] = defaultdict(set)
    for call in calls:
        if call.kind == "submit" and call.status in ACCEPTED and call.id:
            ids[call.key].add(call.id)
    return dict(ids)


def _reads(calls: Sequence[Call]) -> dict[str, list[Call]]:
    """Id -> what each read of it answered, oldest first; reads without an answer tell nothing."""
    reads: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        if call.id and (call.final or (call.kind == "read" and call.status in ABSENT | {200})):
            reads[call.id].append(call)
    return reads


def _last_answered(reads: Sequence[Call]) -> int:
    return reads[-1].status if reads else 0


def _duplicated(ids: Mapping[str, set[str]]) -> tuple[str, ...]:
    keys: dict[str, set[str]] = defaultdict(set)
    for key, given in ids.items():
        for score_id in given:
            keys[score_id].add(key)
    twice = {key for key, given in ids.items() if len(given) > 1}
    shared = {score_id for score_id, of in keys.items() if len(of) > 1}
    return tuple(sorted(twice | shared))


def _changed(reads: Sequence[Call]) -> bool:
    """Whether two final answers differ, or a read that began after a final answer had none."""
    finals = [read for read in reads if read.final]
    known_at = min(read.ended for read in finals)
    taken_back = any(not read.final and read.began > known_at for read in reads)
    return taken_back or len({read.answer for read in finals}) > 1


def _pds(answer: str) -> list[float | None]:
    """The pd of each application of a final answer; None where it has none."""
    document = json.loads(answer)
    scores = document.get("items", [document])
    return [(score.get("result") or {}).get("pd") for score in scores]


def _wrong(found: Sequence[float | None], expected: Sequence[float]) -> bool:
    if len(found) != len(expected):
        return True
    given = [pair for pair in zip(found, expected, strict=True) if pair[0] is not None]
    # Written so that NaN is wrong too.
    return not all(abs(pd - right) <= TOLERANCE for pd, right in given if pd is not None)
