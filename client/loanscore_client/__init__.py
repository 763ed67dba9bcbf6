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
from loanscore_client.override import Override, OverrideReason, SecondPerson
from loanscore_client.replay import Decided, Replay
from loanscore_client.version import __version__
from loanscore_client.webhooks import Event, verify
from loanscore_client.what_if import Change, Proposal, WhatIf

__all__ = [
    "Accepted",
    "ApiError",
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
    "Override",
    "OverrideReason",
    "Policy",
    "Proposal",
    "RateLimited",
    "Reason",
    "Replay",
    "Result",
    "Score",
    "SecondPerson",
    "StillRunning",
    "Unauthorized",
    "Unavailable",
    "WhatIf",
    "__version__",
    "verify",
]
