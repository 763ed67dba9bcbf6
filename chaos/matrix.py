"""The rows of the fault matrix: every case there is, run here or not."""

from typing import NamedTuple

#: Where a case is run.
HERE, LONG = "`make chaos`", "`python -m chaos --all`"
NOBODY = "nothing yet"
BAD_INPUT = "`make test`: tests/api/test_bad_input.py"


class Row(NamedTuple):
    """One case."""

    number: str
    what: str
    #: the command or test that shows it
    shown_by: str
    #: how it is injected, where it is not run here
    how: str = ""


def _later(number: str, what: str) -> Row:
    return Row(number, what, NOBODY, "campaigns: later")


ROWS = (
    Row("F01", "workers killed again and again", HERE),
    Row("F02", "the window between Redis's pop and kombu's note of it", HERE),
    Row("F03", "a worker killed while it holds a job", HERE),
    Row("F04", "a job that kills every worker", HERE),
    Row("F05", "Redis killed, comes back on its append-only file", HERE),
    Row("F06", "Redis stopped", HERE),
    Row("F07", "Redis frozen", HERE),
    Row("F08", "Redis busy: DEBUG SLEEP", HERE),
    Row("F09", "Redis takes no writes: CLIENT PAUSE", HERE),
    Row("F10", "connections reset", HERE),
    Row("F11", "half-open connections", HERE),
    Row("F12", "a slow network", HERE),
    Row("F13", "a worker frozen beyond its lease", HERE),
    Row("F14", "workers stopped in order, one after the other", HERE),
    Row("F15", "the API stopped and killed", HERE),
    Row("F16", "Redis full", LONG),
    Row("F17", "Redis full at once", LONG),
    Row("F18", "an eviction policy that would drop jobs", NOBODY, "Redis started with allkeys-lru"),
    Row("F19", "failover to a replica", NOBODY, "primary killed, replica promoted"),
    Row("F20", "a worker whose clock is wrong", LONG),
    Row("F21", "a clock that jumps", NOBODY, "clock stepped by an hour every 10 s"),
    Row("F22", "Redis loses everything: FLUSHALL", HERE),
    Row("F23", "Redis loading its file", LONG),
    Row("F24", "an answer polled after its time", HERE),
    _later("F25", "interactive scores beside a campaign"),
    Row("F26", "a million jobs", NOBODY, "memory and keys watched over a million jobs"),
    Row("F27", "no file descriptors left in the API", NOBODY, "prlimit on the API"),
    Row("F28", "no processor left", NOBODY, "nice 19 beside busy loops"),
    _later("F29", "a campaign's worker killed"),
    _later("F30", "a campaign's disk full"),
    _later("F31", "a campaign's input changes"),
    Row(
        "F32",
        "the model folder is damaged",
        "`make test`: tests/model/test_artefact.py",
        "bytes of it changed",
    ),
    Row("F33", "the model swapped under load", NOBODY, "a new artefact while jobs are scored"),
    Row("F34", "one doorbell delivered many times", HERE),
    Row("F35", "one idempotency key from many callers at once", HERE),
    Row("F36", "undecodable messages in the queue", HERE),
    Row(
        "B01",
        "JSON that imitates Celery's own types",
        f"{BAD_INPUT} test_a_faulty_field_is_a_422_that_points_at_it",
        "a field of `__type__` and `__value__`",
    ),
    Row(
        "B02",
        "JSON nested deeply",
        f"{BAD_INPUT} test_a_malformed_body_is_a_400",
        "1,000 and 10,000 levels",
    ),
    Row(
        "B03",
        "numbers that are none",
        f"{BAD_INPUT} test_a_malformed_body_is_a_400, test_an_odd_but_right_number_is_scored",
        "NaN, Infinity, 1e400, 5,000 digits, -0, true",
    ),
    Row(
        "B04",
        "JSON of another shape",
        f"{BAD_INPUT} test_a_malformed_body_is_a_400, test_a_hundred_thousand_keys_are_too_large",
        "keys twice, UTF-16, NUL, an array, 100,000 keys",
    ),
    Row("B05", "HTTP abused", HERE),
    Row(
        "B06", "wrong keys", f"{BAD_INPUT} test_without_the_key_nothing_is_answered; timing: {HERE}"
    ),
    _later("B07", "hostile CSV"),
    _later("B08", "gzip and Parquet bombs"),
    _later("B09", "paths that lead out"),
    Row(
        "B10",
        "values that cannot be",
        f"{BAD_INPUT} test_a_faulty_field_is_a_422_that_points_at_it",
        "out of range, missing, null",
    ),
    Row("B11", "one client floods", NOBODY, "one client at 20 times its limit"),
    Row("B12", "guessed ids", HERE),
)
