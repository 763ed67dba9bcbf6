"""A campaign and its summary as lines for people."""

from collections.abc import Mapping
from typing import Any

from loanscore_client import Campaign, LoanscoreError

from cli.progress import pace

#: A PSI above these is customarily called a shift, and a large one.
SHIFT, LARGE_SHIFT = 0.10, 0.25
_Line = tuple[str, str]


def told(error: LoanscoreError) -> str:
    """Say what went wrong, with all faults the service named."""
    faults = [f"{fault.pointer} {fault.detail}".strip() for fault in getattr(error, "errors", [])]
    return "; ".join([str(error), *(fault for fault in faults if fault not in str(error))])


def overview(found: Campaign) -> str:
    """Describe a campaign as it stands."""
    lines = [("campaign", found.id), ("status", found.status)]
    if found.name is not None:
        lines.append(("name", found.name))
    lines += _counted(found) if found.final else [("progress", pace(found))]
    if found.chunks.given_up:
        lines.append(("chunks", f"{found.chunks.given_up:,} of {found.chunks.total:,} given up"))
    if found.model is not None:
        lines.append(("model", f"{found.model.name} {found.model.version}, policy {found.policy}"))
    if found.error is not None:
        lines.append(("error", f"{found.error.code}: {found.error.detail}"))
    return _aligned(lines)


def outcome(found: Campaign, summary: Mapping[str, Any]) -> str:
    """Describe a campaign that is over, with its summary.

    Args:
        found: the campaign.
        summary: as the service gives it; {} when there is none.
    """
    lines = [("decisions", _shares(summary.get("decisions", {})))]
    lines += [("grades", _shares(summary.get("grades", {})))]
    if "expected_loss" in summary:
        lines.append(("expected loss", f"{summary['expected_loss']:,.2f}"))
    lines += _replay(summary.get("replay") or {})
    lines += _stability(summary)
    if summary.get("diff"):
        lines.append(("compared", _compared(summary["diff"])))
    return "\n".join([overview(found), _aligned([line for line in lines if line[1]])]).rstrip()


def _counted(found: Campaign) -> list[_Line]:
    counts = found.counts
    if counts.total is None:
        return []
    parts = f"{counts.scored:,} scored, {counts.invalid:,} invalid"
    return [("rows", f"{counts.total:,}: {parts}, {counts.unprocessed:,} unprocessed")]


def _shares(counts: Mapping[str, int]) -> str:
    """Write counts with their shares.

    >>> _shares({"approve": 3, "decline": 1})
    'approve 3 (75.0 %)  decline 1 (25.0 %)'
    """
    total = sum(counts.values())
    return "  ".join(
        f"{name} {count:,} ({count / total:.1%})".replace("%", " %")
        for name, count in counts.items()
        if total
    )


def _replay(replay: Mapping[str, Any]) -> list[_Line]:
    """Tell what became of decisions that were decided again."""
    if not replay:
        return []
    moved = {
        f"{before} to {now}": count
        for before, counts in replay["decisions"].items()
        for now, count in counts.items()
        if before != now
    }
    loss = replay["expected_loss"]
    return [
        ("replay", _shares(replay["verdicts"])),
        ("", f"{replay['reproduced']:,} reproduced to the last bit"),
        ("causes", "  ".join(f"{cause} {count:,}" for cause, count in replay["causes"].items())),
        ("moved", "  ".join(f"{move} {count:,}" for move, count in moved.items())),
        ("recorded loss", f"{loss['recorded']:,.2f}"),
        ("records", f"archived up to {replay['head']['seq']:,} {replay['head']['link']}"),
    ]


def _stability(summary: Mapping[str, Any]) -> list[_Line]:
    """Give the PSI of the score, and of each field that has moved."""
    fields = {name: part["psi"] for name, part in summary.get("fields", {}).items()}
    score = summary.get("pd", {}).get("psi")
    if score is None:
        return []
    moved = {name: psi for name, psi in fields.items() if psi is not None and psi > SHIFT}
    lines = [("PSI", f"score {_shift(score)}{'' if moved else f', no field above {SHIFT:.2f}'}")]
    return lines + [("", f"{name} {_shift(psi)}") for name, psi in moved.items()]


def _shift(psi: float) -> str:
    """Write a PSI with the customary word for it.

    >>> [_shift(psi) for psi in (0.04, 0.17, 0.3)]
    ['0.040', '0.170 (shifted)', '0.300 (shifted much)']
    """
    word = " (shifted much)" if psi > LARGE_SHIFT else " (shifted)" if psi > SHIFT else ""
    return f"{psi:.3f}{word}"


def _compared(diff: Mapping[str, Any]) -> str:
    if "error" in diff:
        return f"not with {diff.get('with')}: {diff['error']}"
    flips = diff.get("flips")
    said = "" if flips is None else f", {flips:,} decisions differ"
    return f"{diff.get('compared', 0):,} rows with {diff.get('with')}{said}"


def _aligned(lines: list[_Line]) -> str:
    return "\n".join(f"{name:<14} {value}" for name, value in lines)
