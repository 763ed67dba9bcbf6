"""Cases about hostile callers: B05, B06, B11, B12."""

import re
import socket
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

from chaos.caller import Caller
from chaos.case import Case, Family, Lab, demand, journal_under_load, told, under_load
from chaos.journal import Journal
from protocol import names
from protocol.application import EXAMPLE
from protocol.key import SCOPES, Limit
from protocol.keystore import KeyStore

#: Connections that send their request a byte at a time.
SLOW = 200
#: Requests no client should send, and the start of each answer that is right.
ABUSES: dict[str, bytes] = {
    "no method": b"\x00\x01\x02\r\n\r\n",
    "HTTP/0.9": b"GET /v1/scores\r\n",
    "bad method": b"SCORE! /v1/scores HTTP/1.1\r\nHost: x\r\n\r\n",
    "1 MiB header": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 1_048_576 + b"\r\n\r\n",
    "length and chunks": b"POST /v1/scores HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nHost: smuggled\r\n\r\n",
    "chunks without end": b"POST /v1/scores HTTP/1.1\r\nHost: x\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 10_000,
}
#: Guesses, and calls of each kind that are timed.
GUESSES, TIMED = 2_000, 500
#: A client with a limit, callers of it that ask as fast as they can, and for how long, s.
LIMIT, FLOODERS, FLOOD_S = Limit(20, 20), 8, 5


def abused(lab: Lab) -> str:
    """B05."""
    settings = lab.rig.service.settings
    where = (settings.host, settings.port)
    answers: dict[str, str] = {}

    def fault() -> None:
        with ExitStack() as open_ones:
            slow = [open_ones.enter_context(socket.create_connection(where)) for _ in range(SLOW)]
            for letter in b"POST /v1/scores HTTP/1.1\r\nHost: x\r\n":
                for connection in slow:
                    _send(connection, bytes([letter]))
                time.sleep(0.1)
            answers.update({name: _answer(where, text) for name, text in ABUSES.items()})

    verdict = under_load(lab, fault)
    spelt = ", ".join(f"{name} {answer}" for name, answer in answers.items())
    demand("500" not in spelt, spelt)
    return f"{spelt}; meanwhile {told(verdict)}"


def _send(connection: socket.socket, data: bytes) -> None:
    try:
        connection.sendall(data)
    except OSError:  # the service hung up, as it may
        return


def _answer(where: tuple[str, int], text: bytes) -> str:
    """The status of each answer to a raw request, until the service hangs up or is silent."""
    with socket.create_connection(where, timeout=2) as connection:
        _send(connection, text)
        received = b""
        with suppress(OSError):
            while data := connection.recv(65_536):
                received += data
    codes = re.findall(rb"HTTP/1\.1 (\d{3})", received)
    return " and ".join(code.decode() for code in codes) or "no answer"


def timed(lab: Lab) -> str:
    """B06."""
    http, key = lab.rig.caller().http, lab.rig.key
    off = key[:-1] + ("A" if key[-1] != "A" else "B")
    kinds = {"unknown key": f"ls_00000000_{'x' * 43}", "one letter off": off}
    medians = {}
    for name, given in kinds.items():
        times = []
        for _ in range(TIMED):
            began = time.perf_counter()
            response = http.get("/v1/scores/sc_1", headers={"Authorization": f"Bearer {given}"})
            times.append(time.perf_counter() - began)
            demand(response.status_code == 401, f"{name}: {response.status_code}")
        medians[name] = statistics.median(times) * 1_000
    spelt = ", ".join(f"{name} {median:.2f} ms" for name, median in medians.items())
    return f"{2 * TIMED} x 401; medians, not judged: {spelt}"


def guessed(lab: Lab) -> str:
    """B12."""
    http = lab.rig.caller().http
    seen: Counter[tuple[int, str]] = Counter()
    for number in range(GUESSES):
        random = names.new_score_id()
        score_id = random if number % 2 else f"sc_{number:044x}"
        response = http.get(f"/v1/scores/{score_id}")
        seen[response.status_code, response.json()["code"]] += 1
    demand(set(seen) == {(404, "not-found")}, f"{dict(seen)}")
    return f"{GUESSES} random and counted ids: {GUESSES} x 404 with one code, 0 hits"


def flooded(lab: Lab) -> str:
    """B11."""
    secret = KeyStore(lab.rig.redis).create("flood", SCOPES, limit=LIMIT).secret
    flooding = Caller(lab.rig.service.url, secret)
    lab.rig.wait(lambda: _flood_one(flooding) != (401, False))
    _, alone = journal_under_load(lab, lambda: time.sleep(FLOOD_S))
    seen: Counter[tuple[int, bool]] = Counter()

    def flood() -> None:
        ends = time.monotonic() + FLOOD_S
        with ThreadPoolExecutor(FLOODERS) as crowd:
            while time.monotonic() < ends:
                seen.update(crowd.map(lambda _: _flood_one(flooding), range(100)))

    verdict, beside = journal_under_load(lab, flood)
    flooding.http.close()
    demand(set(seen) == {(202, False), (429, True)}, f"{dict(seen)}")
    return (
        f"{seen[202, False]} x 202, {seen[429, True]} x 429, all of these with Retry-After; p99 of"
        f" another client's submissions {_p99_ms(beside):.0f} ms, alone {_p99_ms(alone):.0f} ms (on"
        f" the same cores as the flooding callers; not judged); {told(verdict)}"
    )


def _p99_ms(journal: Journal) -> float:
    times = [call.ended - call.began for call in journal.calls if call.kind == "submit"]
    return statistics.quantiles(times, n=100)[98] * 1_000


def _flood_one(caller: Caller) -> tuple[int, bool]:
    """Submit once; the status, and whether it says when to come again."""
    response = caller.http.post("/v1/scores", json={"application": EXAMPLE._asdict()})
    return response.status_code, response.status_code == 429 and "Retry-After" in response.headers


FAMILY = Family(
    (
        Case(
            "B05",
            f"{SLOW} connections a byte at a time, and {', '.join(ABUSES)}",
            abused,
            long=True,
        ),
        Case("B06", "timing of wrong keys", timed, long=True),
        Case("B12", "ids guessed", guessed, long=True),
        Case(
            "B11",
            f"a client limited to {LIMIT.rate_per_s:g}/s sends all it can for {FLOOD_S} s",
            flooded,
            long=True,
        ),
    ),
)
