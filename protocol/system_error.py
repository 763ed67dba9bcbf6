"""What the operating system said, when a library tells it in words alone."""

import os
import re


def system_error(error: BaseException) -> OSError | None:
    """Find the operating system's error in another one.

    Polars 2 has a full disk as an OSError without a number, or as an error of Parquet: "parquet:
    File out of specification: underlying IO error: No space left on device (os error 28)".

    >>> system_error(OSError("No space left on device (os error 28)"))
    OSError(28, 'No space left on device')
    >>> system_error(ValueError("out of range")) is None
    True

    Returns:
        With its number; None when there is none in it.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return error
    told = re.search(r"\(os error (\d+)\)", str(error))
    return OSError(int(told[1]), os.strerror(int(told[1]))) if told else None
