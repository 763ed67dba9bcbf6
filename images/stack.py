"""The compose file as it stands, on the stand-in engine: up, asked, stopped under load, down."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from loanscore_client import Client, Unauthorized

from images.load import Load
from images.transcript import ImagesError, Transcript
from protocol.application import EXAMPLE, FIELDS

#: Rows of a campaign, and of the one whose worker is stopped; every 100th has no income.
ROWS, MANY_ROWS = 5_000, 500_000
COMPOSE = ("docker", "compose", "--project-name", "loanscore-images", "--progress", "quiet")
#: Read in each container: user, capabilities, privileges, and whether the root can be written.
LOOK = """
import os
said = dict(line.split(":", 1) for line in open("/proc/self/status"))
try:
    open("/srv/x", "w")
    root = "writable"
except OSError as error:
    root = error.strerror
open("/tmp/x", "w").close()
print(os.getuid(), *(said[name].strip() for name in ("CapEff", "CapBnd", "NoNewPrivs")), root)
"""
CONFINED = "10001 0000000000000000 0000000000000000 1 Read-only file system"


@contextmanager
def stack(transcript: Transcript, port: int) -> Iterator[tuple[str, str]]:
    """Start the stack while the block does; gives the API's URL and a key."""
    transcript.run("deploy/secrets.sh")
    transcript.run(*COMPOSE, "config", "--quiet", shown=True)
    try:
        transcript.run(
            *COMPOSE, "up", "--no-build", "--detach", "--wait", "--quiet-pull", shown=True
        )
        transcript.run(*COMPOSE, "ps", "--format", "table {{.Service}}\t{{.Status}}", shown=True)
        scopes = [
            word
            for scope in ("scores:write", "scores:read", "campaigns")
            for word in ("--scope", scope)
        ]
        made = operator(transcript, "keys", "create", "--client", "images", *scopes)
        url, key = f"http://127.0.0.1:{port}", made[made.index("ls_") :].split()[0]
        _wait_until_taken(url, key)
        yield url, key
    finally:
        transcript.run(*COMPOSE, "down", "--volumes", "--timeout", 60, check=False)


def _wait_until_taken(url: str, key: str) -> None:
    """Wait until the API has read the keys anew."""
    with Client(url, key) as client:
        for _ in range(60):
            try:
                list(client.campaigns.list())
            except Unauthorized:
                time.sleep(0.5)
            else:
                return
    raise ImagesError("the API does not take the new key")


def operator(transcript: Transcript, *words: str, shown: bool = False) -> str:
    """Run a command of the operator's in its container."""
    return transcript.run(*COMPOSE, "run", "--rm", "--no-TTY", "operator", *words, shown=shown)


def confined(transcript: Transcript) -> None:
    """Look into every running container of ours.

    Raises:
        ImagesError: one may do more than it needs.
    """
    for service in ("api", "worker", "worker-campaigns", "webhooks"):
        said = transcript.run(*COMPOSE, "exec", "--no-TTY", service, "python", "-c", LOOK).strip()
        transcript.found(f"{service}: {said}", good=said == CONFINED)


def scored(transcript: Transcript, url: str, key: str) -> None:
    """Score one application and one portfolio through the containers.

    Raises:
        ImagesError: the answers do not add up.
    """
    with Client(url, key) as client, TemporaryDirectory() as here:
        score = client.create_and_wait(EXAMPLE._asdict(), reference="images")
        if score.result is None or score.model is None:
            raise ImagesError(f"the score is {score.status}")
        decision = (
            f"{score.result.decision}, pd {score.result.pd}, model {score.model.digest[:19]}..."
        )
        transcript.found(f"one score: {score.status}, {decision}", good=score.status == "succeeded")
        portfolio = Path(here) / "book.csv"
        portfolio.write_text(_rows(ROWS))
        campaign = client.campaigns.wait(client.campaigns.create(portfolio).id, wait_s=120)
        results = client.campaigns.download(campaign.id, "results", Path(here)).read_text()
        rows = campaign.counts
        counts = {"total": rows.total, "scored": rows.scored, "invalid": rows.invalid}
        wanted = {"total": ROWS, "scored": ROWS - ROWS // 100, "invalid": ROWS // 100}
        transcript.found(
            f"a campaign of {ROWS:,} rows: {campaign.status}, {json.dumps(counts)},"
            f" {len(results.splitlines()) - 1:,} results",
            good=counts == wanted and len(results.splitlines()) == wanted["scored"] + 1,
        )


def _rows(rows: int) -> str:
    lines = [",".join(field.name for field in FIELDS)]
    for number in range(rows):
        one = EXAMPLE._asdict() | {"fico_score": 600 + number % 200}
        lines.append(",".join(str(value) for value in one.values()))
        if number % 100 == 0:
            lines[-1] = ",".join("" if name == "income" else str(one[name]) for name in one)
    return "\n".join(lines) + "\n"


def stopped_under_load(transcript: Transcript, url: str, key: str) -> None:
    """Stop each container of ours once while callers submit, and count what became of the jobs.

    Raises:
        ImagesError: one did not listen to SIGTERM, or a job was lost.
    """
    with Load(url, key) as load, Client(url, key) as client, TemporaryDirectory() as here:
        portfolio = Path(here) / "book.csv"
        portfolio.write_text(_rows(MANY_ROWS))
        for service in ("worker", "api", "worker-campaigns", "webhooks"):
            before = len(load.accepted)
            while len(load.accepted) < before + 50:
                time.sleep(0.05)
            if service == "worker-campaigns":
                campaign = client.campaigns.create(portfolio).id
            began = time.monotonic()
            code = _stop(transcript, service)
            took_s = time.monotonic() - began
            transcript.found(
                f"{service}: SIGTERM, exit code {code} within {took_s:.1f} s", good=code == 0
            )
            transcript.run(*COMPOSE, "up", "--no-build", "--detach", "--wait", service)
        left = client.campaigns.wait(campaign, wait_s=300)
    transcript.found(
        f"the campaign of {MANY_ROWS:,} rows that was under way: {left.status}, scored"
        f" {left.counts.scored:,}, invalid {left.counts.invalid:,}",
        good=left.counts.scored + left.counts.invalid == MANY_ROWS,
    )
    ends = load.outcomes()
    transcript.found(
        f"{len(load.accepted):,} jobs accepted meanwhile, their ends: {dict(ends)};"
        f" submissions not accepted: {dict(load.refused) or 'none'}",
        good=set(ends) == {"succeeded"} and sum(ends.values()) == len(load.accepted),
    )


def _stop(transcript: Transcript, service: str) -> int:
    (container,) = transcript.run(*COMPOSE, "ps", "--quiet", service).split()
    transcript.run(*COMPOSE, "stop", service)
    code = transcript.run("docker", "inspect", "--format", "{{.State.ExitCode}}", container)
    return int(code)
