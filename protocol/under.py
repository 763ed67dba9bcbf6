"""Under what a decision is decided again: what a caller may say of it, checked by the API.

Used by `api.questions` and `api.campaigns`, carried to a worker as JSON, read by `worker.shelf`.
"""

from pydantic import BaseModel, ConfigDict

from protocol.artefact import Digest
from protocol.policy import CutOffs


class Under(BaseModel):
    """A model and a policy by their digests, and other cut-offs; what is left out stays."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True
    )

    model: Digest | None = None
    policy: Digest | None = None
    #: in place of the policy's own
    cut_offs: CutOffs | None = None
