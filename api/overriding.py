"""How a decision is overridden and how that is settled, whoever asks: a key, or a person on a page.

Called by `api.overrides` and `api.pages.overrides`; `protocol.overrides` does it.
"""

import json
from typing import NoReturn

from api import override_body
from api.found import check_succeeded, found, score
from api.problems import Problem
from protocol import names
from protocol import policy as policies
from protocol.ledger import Idempotency, Ledger, Record
from protocol.overrides import Happened, Override, Overrides, Requested, State, Verdict
from protocol.scripts import OVERRIDE_LIMIT


class Overriding:
    """Checks by the policy, and asks the ledger.

    Args:
        ledger: has the scores.
        overrides: of them.
        policy: has the reasons, and the exposure above which it takes two persons.
    """

    def __init__(self, ledger: Ledger, overrides: Overrides, policy: policies.Policy) -> None:
        self._ledger = ledger
        self._overrides = overrides
        self.rules = policy.overrides or policies.Overrides(second_person_above=0, reasons=[])
        #: the policy, as an override names it
        self.policy = {
            "version": policy.version,
            "digest": policy.digest,
            "second_person_above": self.rules.second_person_above,
        }

    def one(self, override_id: str, owner: str) -> Record:
        """Read an override for its owner.

        Raises:
            Problem: not-found or gone.
        """
        known = names.OVERRIDE_ID.fullmatch(override_id)
        return found(self._overrides.read([override_id])[0] if known else None, owner)

    def of(self, score_id: str) -> list[Record]:
        """Read all overrides of a score, the oldest first."""
        return self._overrides.of(score_id)

    def waiting(
        self, owner: str, limit: int, after: tuple[str, int] | None = None
    ) -> tuple[list[tuple[str, int]], list[Record]]:
        """Read an owner's overrides that wait for a second person, the newest first.

        Returns:
            Ids with the milliseconds they were asked for at, and the records that are still there.
        """
        page = self._overrides.waiting(owner, limit, after)
        records = self._overrides.read([override_id for override_id, _ in page])
        return page, [record for record in records if isinstance(record, dict)]

    def request(
        self,
        score_id: str,
        asks: override_body.Request,
        owner: str,
        actor: str,
        again: Idempotency | None,
    ) -> Requested:
        """Override the decision of a score, or have that wait for a second person.

        Args:
            score_id: of the owner's.
            asks: what for.
            owner: of the score.
            actor: who decides.
            again: how a repeated request is recognised.
        Raises:
            Problem: not-found, gone, invalid-override, state-conflict or idempotency-key-reused.
        """
        grounds = override_body.grounds(asks, self.rules)
        no_decision = ": there is no decision to override."
        check_succeeded(score(self._ledger, score_id, owner), no_decision)
        wanted = Override(
            names.new_override_id(),
            score_id,
            asks.decision,
            grounds.code,
            json.dumps({"code": grounds.code, "text": {"en": grounds.en, "fr": grounds.fr}}),
            asks.note,
            json.dumps(self.policy),
            self.rules.second_person_above,
        )
        requested = self._overrides.request(wanted, owner, actor, again)
        if requested.happened not in {Happened.REQUESTED, Happened.REPLAYED}:
            _refuse(requested.happened, f"{requested.id} waits for its second person.")
        return requested

    def settle(
        self, override_id: str, verdict: Verdict, note: str, owner: str, actor: str
    ) -> Record:
        """Say a second person's word on an override that waits; gives it as it is then.

        Raises:
            Problem: not-found, gone, state-conflict or second-person-required.
        """
        state = self.one(override_id, owner)["state"]
        happened = self._overrides.settle(override_id, owner, verdict, actor, note)
        if happened != Happened.SETTLED:
            _refuse(happened, f"It is {state}; only what is {State.WAITING} waits for this.")
        return self.one(override_id, owner)


def _refuse(happened: Happened, waits: str) -> NoReturn:
    code, detail = {
        Happened.REUSED: (
            "idempotency-key-reused",
            "This Idempotency-Key came with another body before; take a new key.",
        ),
        Happened.WAITING: ("state-conflict", waits),
        Happened.CLOSED: ("state-conflict", waits),
        Happened.SAME: ("state-conflict", "That decision is in force already."),
        Happened.MANY: ("state-conflict", f"It was overridden {OVERRIDE_LIMIT} times already."),
        Happened.SAME_PERSON: (
            "second-person-required",
            "Whoever asked for an override is not its second person: use another's key.",
        ),
    }.get(happened, ("gone", "It was here a moment ago, and was erased or its time was up."))
    raise Problem(code, detail)
