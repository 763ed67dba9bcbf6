"""The Python client of loanscore: submit loan applications, wait for their scores."""

from loanscore_client.answers import (
    Accepted,
    Batch,
    BatchItem,
    Counts,
    Failure,
    Model,
    Policy,
    Reason,
    Result,
    Score,
)
from loanscore_client.campaign import Campaign
from loanscore_client.client import Client
from loanscore_client.errors import (
    ApiError,
    BadSignature,
    Conflict,
    ConnectionFailed,
    Damaged,
    Fault,
    Forbidden,
    Gone,
    Invalid,
    KeyReused,
    LoanscoreError,
    NotFound,
    RateLimited,
    StillRunning,
    Unauthorized,
    Unavailable,
)
from loanscore_client.outcome_file import BadLine, Outcome
from loanscore_client.outcomes import Recorded, SentFile
from loanscore_client.override import Override, OverrideReason, SecondPerson
from loanscore_client.replay import Decided, Replay
from loanscore_client.version import __version__
from loanscore_client.webhooks import Event, verify
from loanscore_client.what_if import Change, Proposal, WhatIf

__all__ = [
    "Accepted",
    "ApiError",
    "BadLine",
    "BadSignature",
    "Batch",
    "BatchItem",
    "Campaign",
    "Change",
    "Client",
    "Conflict",
    "ConnectionFailed",
    "Counts",
    "Damaged",
    "Decided",
    "Event",
    "Failure",
    "Fault",
    "Forbidden",
    "Gone",
    "Invalid",
    "KeyReused",
    "LoanscoreError",
    "Model",
    "NotFound",
    "Outcome",
    "Override",
    "OverrideReason",
    "Policy",
    "Proposal",
    "RateLimited",
    "Reason",
    "Recorded",
    "Replay",
    "Result",
    "Score",
    "SecondPerson",
    "SentFile",
    "StillRunning",
    "Unauthorized",
    "Unavailable",
    "WhatIf",
    "__version__",
    "verify",
]
