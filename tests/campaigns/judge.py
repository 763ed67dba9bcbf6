"""A diff computed a second time: row by row, in plain Python, from the results as they are sent."""

import csv
import io
import json
from collections import Counter

import pandas as pd

from worker import scorecard

DECISIONS = ("approve", "review", "decline")


def rows(folder, kind):
    """Read the results of a campaign; a reference is as it was sent, but for CSV's apostrophe."""
    with folder.open("results") as file:
        content = file.read()
    if kind == "csv":
        read = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    elif kind == "ndjson":
        read = [json.loads(line) for line in content.decode().splitlines()]
    else:
        frame = pd.read_parquet(io.BytesIO(content))
        read = frame.astype(object).where(frame.notna(), None).to_dict("records")
    for row in read:
        row["line"], row["pd"] = int(row["line"]), float(row["pd"])
    return read


def as_in_csv(reference):
    runs = reference is not None and reference[:1] in set("=+-@\t\r") and reference != ""
    return f"'{reference}" if runs else reference


def moved(pairs, grades):
    """Count pairs of (before, now), each a row; a row before may have a grade alone."""
    told = {"compared": len(pairs), "grades": matrix(pairs, "grade", grades, grades)}
    known = [(was, now) for was, now in pairs if was["pd"] is not None]
    flips = sum(was["decision"] != now["decision"] for was, now in known)
    told |= {"decisions": matrix(known, "decision", DECISIONS, DECISIONS), "flips": flips}
    ranked = sorted(known, key=lambda pair: (-abs(pair[1]["pd"] - pair[0]["pd"]), pair[1]["line"]))
    told["movers"] = [
        {
            "line": now["line"],
            "reference": now.get("reference") or None,
            "pd_before": was["pd"],
            "pd_now": now["pd"],
            "grade_before": was["grade"],
            "grade_now": now["grade"],
        }
        for was, now in ranked[:20]
    ]
    return told, means(known)


def means(pairs):
    """Average pd before and now."""
    return [sum(pair[side]["pd"] for pair in pairs) / len(pairs) for side in (0, 1)]


def past(sent, policy):
    """Read what a row as it was sent says of its score before; None when it says nothing."""
    try:
        pd = float(sent.get("was_pd"))
    except (TypeError, ValueError):
        pd = -1.0
    pd = pd if 0 <= pd <= 1 else None
    grade = str(sent.get("was_grade")).strip()
    if grade not in {band.grade for band in policy.grades}:
        grade = None if pd is None else scorecard.grade(pd, policy.grades)
    if grade is None:
        return None
    decision = None if pd is None else scorecard.decision(pd, policy.cut_offs)
    return {"pd": pd, "grade": grade, "decision": decision}


def matrix(pairs, name, before, now):
    counts = Counter((was[name], then[name]) for was, then in pairs)
    return {was: {then: counts[was, then] for then in now} for was in before}


def matched(here, there, key):
    """Pair the rows of two results by a key; returns the pairs and the counts of the others."""
    mine, theirs = (Counter(map(key, side)) for side in (here, there))
    partners = {key(row): row for row in there}
    counts = dict.fromkeys(("without_previous", "missing_now", "ambiguous", "ambiguous_there"), 0)
    pairs = []
    for row in here:
        name = key(row)
        if name is None or (mine[name] == 1 and not theirs[name]):
            counts["without_previous"] += 1
        elif mine[name] == theirs[name] == 1:
            pairs.append((partners[name], row))
        else:
            counts["ambiguous"] += 1
    for row in there:
        name = key(row)
        if name is None or (theirs[name] == 1 and not mine[name]):
            counts["missing_now"] += 1
        elif not mine[name] == theirs[name] == 1:
            counts["ambiguous_there"] += 1
    return pairs, counts
