"""What an attempt that was killed had begun to write: nobody will finish it."""

import shutil

from protocol.campaigns import FILES, PLAN
from protocol.folder import CampaignFolder

#: Step -> how the names begin of what it writes in the campaign's folder.
_NAMES = {
    PLAN: ("portfolio", "unpacked", "plan"),
    FILES: ("results", "errors", "unprocessed", "summary", "reconciliation", "diff"),
}


def remove_beginnings(folder: CampaignFolder, step: str) -> None:
    """Remove what earlier attempts at a step left: each could fill the disk anew.

    Only of this step: others may be under way. Who was paused past its lease may lose what it
    writes, as it would when it settles.

    Args:
        folder: of the campaign.
        step: `PLAN`, the number of a chunk, or `FILES`.
    """
    if step in _NAMES:
        found = [left for name in _NAMES[step] for left in folder.path.glob(f".{name}*")]
    else:
        found = [*folder.parts.glob(f".{int(step):06}-*")]
    for left in found:
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
