"""Whose record it is: 404 for one that never was or is another's, 410 for one that is gone."""

from api.problems import Problem
from protocol.ledger import Gone, Record


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
