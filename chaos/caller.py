"""One who calls loanscore over HTTP; what it sees goes to the journal."""

from typing import Protocol

import httpx

from chaos.journal import Reply, Submission

#: A call that takes longer has no answer, s.
PATIENCE_S = 5
#: However long the service asks to wait, s.
LONGEST_WAIT_S = 2.0


class Target(Protocol):
    """Something that takes submissions and answers reads: loanscore, or the negative control."""

    def submit(self, submission: Submission) -> Reply:
        """Send one submission, once."""

    def read(self, score_id: str) -> Reply:
        """Read one score or batch, once."""


class Caller:
    """Loanscore's HTTP interface; threads may share it.

    Args:
        url: of the service.
        key: of the API.
    """

    def __init__(self, url: str, key: str) -> None:
        bearer = {"Authorization": f"Bearer {key}"}
        self.http = httpx.Client(base_url=url, headers=bearer, timeout=PATIENCE_S)

    def submit(self, submission: Submission) -> Reply:
        """Send one submission, once, under its idempotency key."""
        path = "/v1/score-batches" if submission.batch else "/v1/scores"
        return self._call(
            "POST", path, json=submission.body, headers={"Idempotency-Key": submission.key}
        )

    def read(self, score_id: str) -> Reply:
        """Read one score or batch, once."""
        kind = "score-batches" if score_id.startswith("sb_") else "scores"
        return self._call("GET", f"/v1/{kind}/{score_id}")

    def takes_batches(self) -> bool:
        """Tell whether this release has batches: an empty one is refused, but not with a 404."""
        return self.http.post("/v1/score-batches", json={}).status_code not in {404, 405}

    def _call(self, method: str, path: str, **given: object) -> Reply:
        try:
            response = self.http.request(method, path, **given)  # type: ignore[arg-type]
        except httpx.TransportError:
            return Reply(0)
        asked = response.headers.get("Retry-After", "0.2")
        wait_s = min(float(asked), LONGEST_WAIT_S) if asked.replace(".", "").isdigit() else 0.2
        if response.status_code not in {200, 202}:
            return Reply(response.status_code, retry_s=wait_s)
        document = response.json()
        final = document.get("finished_at") is not None
        return Reply(
            response.status_code,
            document["id"],
            final,
            response.text if final else "",
            wait_s,
        )
