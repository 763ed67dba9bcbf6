"""Whose record it is: 404 for one that never was or is another's, 410 for one that is gone."""

from api import documents
from api.problems import Problem
from protocol import names
from protocol.campaigns import Campaigns
from protocol.ledger import Gone, Ledger, Record
from protocol.states import State


def found(record: Record | Gone | None, owner: str) -> Record:
    """Give the record to its owner.

    Raises:
        Problem: not-found, the same for another's record as for none, or gone.
    """
    if isinstance(record, Gone) and record.owner == owner:
        raise Problem("gone", "It was here, and was erased or its time was up.")
    if not isinstance(record, dict) or record["owner"] != owner:
        raise Problem("not-found", "Nothing has this id, or it is not yours.")
    return record


def score(ledger: Ledger, score_id: str, owner: str) -> Record:
    """Read the record of a score for its owner.

    Raises:
        Problem: as `found`, also for what is spelled as no id.
    """
    known = names.SCORE_ID.fullmatch(score_id)
    return found(ledger.read([score_id])[0] if known else None, owner)


def campaign(campaigns: Campaigns, campaign_id: str, owner: str) -> Record:
    """Read the record of a campaign for its owner.

    Raises:
        Problem: as `score`.
    """
    known = names.CAMPAIGN_ID.fullmatch(campaign_id)
    return found(campaigns.read(campaign_id) if known else None, owner)


def check_succeeded(record: Record, so: str) -> None:
    """Make sure that a score has a decision.

    Args:
        record: of the score.
        so: what follows for the caller, after its state.
    Raises:
        Problem: state-conflict.
    """
    state = State(record["state"])
    if state != State.SUCCEEDED:
        raise Problem("state-conflict", f"It is {documents.SHOWN.get(state, state)}{so}")
