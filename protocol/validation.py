"""Files that are read strictly, and what is wrong with one, in words that repeat nothing of it."""

from pydantic import BaseModel, ConfigDict, ValidationError


class Part(BaseModel):
    """A part of a file: frozen, every key known, every number finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def faults_of(error: ValidationError) -> list[str]:
    """Say of each fault where it is and what it is.

    >>> from pydantic import TypeAdapter
    >>> try:
    ...     TypeAdapter(dict[str, int]).validate_json('{"a": "secret"}')
    ... except ValidationError as error:
    ...     faults_of(error)[0].partition(", ")[0]
    'a: Input should be a valid integer'
    """
    return [
        f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    ]
