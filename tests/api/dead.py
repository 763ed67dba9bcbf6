"""Make dead letters in the Redis of a running service."""

from protocol import names
from protocol.application import EXAMPLE
from protocol.ledger import Job, Ledger, connect
from protocol.settings import Settings

_WORKER = '{"host": "here", "digest": "sha256:00"}'
_ANSWER = '{"error": {"code": "dead", "detail": "It was tried too often."}}'


def give_up(redis_url: str, owner: str, count: int) -> list[str]:
    """Give up so many jobs of an owner; their ids."""
    with connect(redis_url) as client:
        ledger = Ledger(client, Settings(redis_url=redis_url, lease_s=0.5, max_attempts=1))
        ids: list[str] = []
        while len(ids) < count:  # the service's own worker may be quicker
            ledger.accept([Job(names.new_score_id(), EXAMPLE, "canary-4711")], owner)
            ids += [claim.id for claim in ledger.claim(stay_awake=False)]
        while ledger.books().running:
            ledger.sweep(_WORKER, _ANSWER)
        ledger.forget_worker(_WORKER)
        return ids
