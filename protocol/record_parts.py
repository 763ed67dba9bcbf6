"""What a decision record says: the members of its two parts, by the class of the stream's entry.

Called by `protocol.record`. To change a member see `protocol.record.FORMAT`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from protocol.application import named
from protocol.times import rfc3339

#: Fields of an entry of the stream, as `lua/job.lua`, `override.lua` or `outcomes.lua` writes them.
Entry = Mapping[str, str]


class Told(NamedTuple):
    """The two parts, not yet sealed."""

    #: names no applicant
    public: dict[str, Any]
    personal: dict[str, Any]


def parts(entry: Entry) -> Told:
    """Make the parts of a score that is final, of one event of an override, or of an outcome.

    What a later release puts on the stream is kept as it is: it must not hold up those behind it.
    """
    return _OF.get(entry["class"], _of_another)(entry)


def _of_score(entry: Entry) -> Told:
    answer, evidence = _json(entry["answer"]), _json(entry["evidence"])
    answer, evidence = (part if isinstance(part, dict) else {} for part in (answer, evidence))
    return Told(_public(entry, answer, evidence), _personal(entry, answer, evidence))


def _public(entry: Entry, answer: dict[str, Any], evidence: dict[str, Any]) -> dict[str, Any]:
    result = answer.get("result") or {}
    return {
        **_about(entry),
        "decision": result.get("decision"),
        "error": (answer.get("error") or {}).get("code"),
        "attempt": int(entry["attempt"] or 0),
        **_when_and_who(entry),
        "model": answer.get("model") or evidence.get("model"),
        "policy": result.get("policy") or evidence.get("policy"),
        "libraries": evidence.get("libraries"),
        "worker": evidence.get("worker"),
    }


def _of_override(entry: Entry) -> Told:
    kept = ("before", "scored", "direction", "reason", "requested_by")
    override: dict[str, Any] = {"id": entry["override"]} | {name: entry[name] for name in kept}
    override["superseded_by"] = entry["superseded_by"] or None
    override["scored_at"] = rfc3339(entry["scored_ms"])
    public = {
        **_about(entry),
        "decision": entry["decision"],
        **_when_and_who(entry),
        "override": override,
        "model": _json(entry["model"]),
        "policy": _json(entry["policy"]),
    }
    personal = {
        "reference": entry["reference"] or None,
        "exposure": float(entry["exposure"]) if entry["exposure"] else None,
        "note": entry["note"] or None,
    }
    return Told(public, personal)


def _of_outcome(entry: Entry) -> Told:
    # Whether somebody paid is nothing to be kept of who must be forgotten.
    personal = {"defaulted": entry["defaulted"] == "1", "observed_on": entry["observed_on"]}
    return Told({**_about(entry), "decision": None, **_when_and_who(entry)}, personal)


def _of_another(entry: Entry) -> Told:
    public = {**_about(entry), "decision": None, **_when_and_who(entry)}
    return Told(public, {name: text for name, text in entry.items() if name not in _SHOWN})


def _about(entry: Entry) -> dict[str, Any]:
    return {
        "class": entry["class"],
        "id": entry["id"],
        "owner": entry["owner"] or None,
        "batch": entry["batch"] or None,
        "state": entry["state"],
    }


def _when_and_who(entry: Entry) -> dict[str, Any]:
    return {
        "actor": entry["actor"] or None,
        "created_at": rfc3339(entry["created_ms"]) if entry["created_ms"] else None,
        "finished_at": rfc3339(entry["finished_ms"]),
    }


def _personal(entry: Entry, answer: dict[str, Any], evidence: dict[str, Any]) -> dict[str, Any]:
    shown = {name: part for name, part in answer.items() if name != "model"}
    explained = ("logit", "base", "columns", "fields")
    return {
        "application": named(_json(entry["application"])),
        "reference": entry["reference"] or None,
        "metadata": _json(entry["metadata"]),
        **shown,
        "evidence": {name: evidence[name] for name in explained if name in evidence},
    }


def _json(text: str) -> Any:
    """Read a text; one that is no JSON is kept as it is: no record may hold up those behind it."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


#: Class of an entry -> what makes its parts.
_OF: dict[str, Callable[[Entry], Told]] = {
    "score": _of_score,
    "override": _of_override,
    "outcome": _of_outcome,
}
#: Fields that the public part of any entry repeats.
_SHOWN = {"v", "class", "id", "owner", "batch", "state", "actor", "created_ms", "finished_ms"}
