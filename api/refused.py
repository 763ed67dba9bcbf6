"""Count the applications that are refused by their fields, for `monitoring`."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from api.problems import Fault, Problem
from protocol.application import FIELDS
from protocol.errors import LedgerUnavailable
from protocol.refused import INVALID, MISSING, Refused

_PLACE = re.compile(r"(?:/items/(\d+))?(?:/application(?:/(\w+))?)?")
_FIELDS = frozenset(field.name for field in FIELDS)


@contextmanager
def counting(refused: Refused) -> Iterator[None]:
    """Count what the block refuses."""
    try:
        yield
    except Problem as problem:
        count(refused, problem.faults)
        raise


def count(refused: Refused, faults: Iterable[Fault]) -> None:
    """Count the applications that these faults are of; without Redis nothing is counted."""
    items: set[str] = set()
    found: set[tuple[str, str, str]] = set()
    for fault in faults:
        place = _PLACE.match(fault.pointer)
        item, field = place.groups(default="") if place else ("", "")
        items.add(item)
        if field in _FIELDS:
            what = MISSING if fault.code == "missing" else INVALID
            found.add((item, what, field))
    if items:
        with suppress(LedgerUnavailable):
            refused.note(len(items), [(what, field) for _, what, field in found])
