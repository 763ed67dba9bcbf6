"""The rows of the fault matrix: every case there is, run here or not."""

from typing import NamedTuple

NOBODY = "nothing yet"
BAD_INPUT = "`make test`: tests/api/test_bad_input.py"


class Row(NamedTuple):
    """One case."""

    number: str
    what: str
    #: the test that shows it, where it is none of the cases of `chaos.families`
    shown_by: str = ""
    #: how it is injected, likewise
    how: str = ""


ROWS = (
    Row("F01", "workers killed again and again"),
    Row("F02", "the window between Redis's pop and kombu's note of it"),
    Row("F03", "a worker killed while it holds a job"),
    Row("F04", "a job that kills every worker"),
    Row("F05", "Redis killed, comes back on its append-only file"),
    Row("F06", "Redis stopped"),
    Row("F07", "Redis frozen"),
    Row("F08", "Redis busy: DEBUG SLEEP"),
    Row("F09", "Redis takes no writes: CLIENT PAUSE"),
    Row("F10", "connections reset"),
    Row("F11", "half-open connections"),
    Row("F12", "a slow network"),
    Row("F13", "a worker frozen beyond its lease"),
    Row("F14", "workers stopped in order, one after the other"),
    Row("F15", "the API stopped and killed"),
    Row("F16", "Redis full"),
    Row("F17", "Redis full at once"),
    Row("F18", "an eviction policy that would drop jobs"),
    Row("F19", "failover to a replica"),
    Row("F20", "a worker whose clock is wrong"),
    Row("F21", "a clock that jumps"),
    Row("F22", "Redis loses everything: FLUSHALL"),
    Row("F23", "Redis loading its file"),
    Row("F24", "an answer polled after its time"),
    Row("F25", "interactive scores beside a campaign"),
    Row("F26", "many jobs: memory, and what they leave behind"),
    Row("F27", "no file descriptors left in the API"),
    Row("F28", "no processor left"),
    Row("F29", "a campaign's worker killed"),
    Row("F30", "a campaign's disk full"),
    Row("F31", "a campaign's input changes"),
    Row(
        "F32",
        "the model folder is damaged",
        "`make test`: tests/worker/test_model.py",
        "bytes of it changed",
    ),
    Row("F33", "the model swapped under load", NOBODY, "changing models: later"),
    Row("F34", "one doorbell delivered many times"),
    Row("F35", "one idempotency key from many callers at once"),
    Row("F36", "undecodable messages in the queue"),
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
    Row("B05", "HTTP abused"),
    Row(
        "B06",
        "wrong keys",
        f"{BAD_INPUT} test_without_the_key_nothing_is_answered; timing: `python -m chaos --all`",
    ),
    Row("B07", "hostile CSV"),
    Row("B08", "gzip and Parquet bombs"),
    Row("B09", "paths that lead out"),
    Row(
        "B10",
        "values that cannot be",
        f"{BAD_INPUT} test_a_faulty_field_is_a_422_that_points_at_it",
        "out of range, missing, null",
    ),
    Row("B11", "one client floods"),
    Row("B12", "guessed ids"),
)
