"""The one way tests talk to the running service: as a caller would, over HTTP."""

import time
from typing import Any

import httpx

from protocol.application import Application
from protocol.states import FINAL


class Client(httpx.Client):
    """An HTTP client with the API key that can wait for a score."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=10)

    def submit(self, application: Application, **more: Any) -> str:
        response = self.post("/v1/scores", json={"application": application._asdict(), **more})
        assert response.status_code == 202, response.text
        return str(response.json()["id"])

    def poll(self, score_id: str) -> dict[str, Any]:
        response = self.get(f"/v1/scores/{score_id}")
        assert response.status_code == 200, response.text
        return dict(response.json())

    def wait(self, score_id: str, seconds: float = 30) -> dict[str, Any]:
        ends = time.monotonic() + seconds
        while (score := self.poll(score_id))["status"] not in FINAL:
            assert time.monotonic() < ends, f"{score_id} is still {score['status']}"
            time.sleep(0.02)
        return score
