"""What is wrong with a file or a setting, in words that repeat nothing of what it holds."""

from pydantic import ValidationError


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
