"""One thing that was looked at, and how it is."""

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """How a thing is."""

    #: as it should be
    OK = "ok"
    #: it works, and is not fit for production
    WARN = "warn"
    #: it does not work, or would lose what was accepted
    FAULT = "FAULT"
    #: could not be looked at from here
    UNSEEN = "-"


class Finding(NamedTuple):
    """What was found of one thing."""

    what: str
    state: State
    #: what is the case; of a warning or fault, what to do as well
    text: str


def ok(what: str, text: str) -> Finding:
    """All is well."""
    return Finding(what, State.OK, text)


def warn(what: str, text: str) -> Finding:
    """It works, not in production."""
    return Finding(what, State.WARN, text)


def fault(what: str, text: str) -> Finding:
    """It has to be mended."""
    return Finding(what, State.FAULT, text)


def unseen(what: str, text: str) -> Finding:
    """Nobody could look."""
    return Finding(what, State.UNSEEN, text)
