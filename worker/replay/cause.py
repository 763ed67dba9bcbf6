"""Why a decision cannot be reproduced."""

from enum import StrEnum

from protocol.errors import ArtefactError, LoanscoreError, NotKept, OtherLibraries, PolicyError

#: What the shelf raises of a model or policy that cannot be used.
UNUSABLE = (NotKept, ArtefactError, PolicyError)


class Cause(StrEnum):
    """The reasons there are; codes of answers, of results of campaigns and of their summaries."""

    #: the shelf has no such model
    MODEL_NOT_KEPT = "model-not-kept"
    #: the shelf has no such policy
    POLICY_NOT_KEPT = "policy-not-kept"
    #: the model was trained with other library versions than the worker has
    OTHER_LIBRARIES = "other-libraries"
    #: what the shelf has of the model is damaged
    MODEL_DAMAGED = "model-damaged"
    #: what the shelf has of the policy is damaged
    POLICY_DAMAGED = "policy-damaged"
    #: the same model and policy now give something else than was recorded
    OTHER_ANSWER = "other-answer"
    #: the record no longer has its personal part
    ERASED = "erased"

    @classmethod
    def of(cls, error: LoanscoreError) -> "Cause":
        """Name what the shelf raised, one of `UNUSABLE`."""
        if isinstance(error, NotKept):
            return cls.MODEL_NOT_KEPT if error.what == "model" else cls.POLICY_NOT_KEPT
        if isinstance(error, PolicyError):
            return cls.POLICY_DAMAGED
        return cls.OTHER_LIBRARIES if isinstance(error, OtherLibraries) else cls.MODEL_DAMAGED
