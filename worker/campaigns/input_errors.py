"""What can be wrong with a portfolio at a URI, said without the URI."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from portfolio.options import PortfolioError
from protocol.errors import LoanscoreError

_ABSENT = (
    "Nothing lies at the URI that can be read as one file; put the portfolio there, then resume."
)
_FORBIDDEN = (
    "The campaign workers may not read what the URI names; give them access to it, then resume."
)
#: Faults that the next attempt would meet again; all others may pass.
_LASTING = {
    errno.ENOENT: _ABSENT,
    errno.ENOTDIR: _ABSENT,
    errno.EISDIR: _ABSENT,
    errno.ENXIO: _ABSENT,
    errno.ELOOP: _ABSENT,
    errno.ENAMETOOLONG: _ABSENT,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
}


class InputAway(LoanscoreError):
    """What the URI names cannot be read now; a later attempt may succeed."""


class Withdrawn(LoanscoreError):
    """The step is no longer this worker's, or no longer wanted."""


def unreadable(detail: str = _ABSENT) -> PortfolioError:
    """Say that it is not there, or nothing that can be read."""
    return PortfolioError("input-unreadable", detail)


def changed() -> PortfolioError:
    """Say that another content has taken its place meanwhile."""
    return PortfolioError(
        "input-changed",
        "The portfolio was changed while it was fetched; resume once it is complete.",
    )


def too_large(most: int) -> PortfolioError:
    """Say that it has more bytes than are taken."""
    return PortfolioError(
        "too-large",
        f"The portfolio has more than {most} bytes; send it in several campaigns, or have"
        " LOANSCORE_UPLOAD_LIMIT_BYTES raised.",
    )


@contextmanager
def reading(*passing: type[Exception]) -> Iterator[None]:
    """Say of errors what they mean for the campaign.

    Args:
        passing: errors of a library that may pass, beside OSError.
    Raises:
        PortfolioError: it cannot be read.
        InputAway: it cannot be read now.
    """
    try:
        yield
    except FileNotFoundError:
        raise unreadable() from None
    except PermissionError:
        raise unreadable(_FORBIDDEN) from None
    except OSError as error:
        if error.errno in _LASTING:
            raise unreadable(_LASTING[error.errno]) from None
        raise InputAway(errno.errorcode.get(error.errno or 0, type(error).__name__)) from None
    except passing as error:
        raise InputAway(type(error).__name__) from None
