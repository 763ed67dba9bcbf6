"""Read a request body as strict JSON: every way it can be wrong is a 400, none is a crash."""

import json
import math
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from api.problems import Problem

_CHUNK = 65_536
#: A body of which more is left is not waited for, bytes.
_MOST_LEFT = 64 << 20


def read_object() -> dict[str, Any]:
    """Parse the body of the current request.

    Stricter than `json.loads`: UTF-8 only, no NaN, Infinity or number too large for a float, no
    key twice in an object, no more nesting than the parser's stack.

    Raises:
        Problem: unsupported-media-type or malformed-body.
        RequestEntityTooLarge: above LOANSCORE_BODY_LIMIT_BYTES.
    """
    if request.mimetype != "application/json":
        raise Problem("unsupported-media-type", "Send Content-Type: application/json.")
    try:
        body = json.loads(
            _read_all().decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except UnicodeDecodeError:
        raise Problem("malformed-body", "The body is not UTF-8.") from None
    except RecursionError:
        raise Problem("malformed-body", "The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Problem("malformed-body", f"The body is not JSON: {error.msg} at {where}.") from None
    except ValueError:  # an integer of more digits than Python converts
        raise Problem("malformed-body", "A number in the body is too long.") from None
    if not isinstance(body, dict):
        raise Problem("malformed-body", "The body must be a JSON object.")
    return body


def is_sent() -> bool:
    """Tell whether the current request has a body at all."""
    return bool(request.content_length) or "Transfer-Encoding" in request.headers


def finish(response: Response) -> Response:
    """Read what the view left unread of the body, or say that the connection ends.

    The server drops a connection with an unread body without a word, and with it the caller's next
    request. Nobody without a key is waited for, nor is a body above the limit or much of one.
    """
    if not is_sent():
        return response
    chunked = "Transfer-Encoding" in request.headers
    if response.status_code in {401, 413} or (chunked and response.status_code >= 400):
        response.headers["Connection"] = "close"
        return response
    try:
        whole = _drained()
    except (HTTPException, OSError):
        whole = False
    if not whole:
        response.headers["Connection"] = "close"
    return response


def _drained() -> bool:
    left = _MOST_LEFT
    while left > 0:
        read = len(request.stream.read(_CHUNK))
        if not read:
            return True
        left -= read
    return False


def _read_all() -> bytes:
    data = request.get_data(cache=False)
    if request.content_length is None and len(data) >= (request.max_content_length or math.inf):
        # A chunked body announces no length: Werkzeug stops reading at the limit and says nothing.
        raise RequestEntityTooLarge
    return data


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) != len(pairs):
        raise Problem("malformed-body", "An object in the body has the same key twice.")
    return keys


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Problem("malformed-body", "A number in the body is too large.")
    return number


def _no_constant(name: str) -> float:
    raise Problem("malformed-body", f"{name} is not JSON.")
