"""The words the contract's schemas are made of: JSON Schema 2020-12, and how an id is spelled."""

from typing import Any

from api import paging
from protocol import names

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
TIME: Schema = {"type": "string", "format": "date-time", "examples": ["2025-06-15T15:06:40.123Z"]}


def spelled(pattern: str, example: str) -> Schema:
    """Describe a string by the whole of it.

    >>> spelled("a+", "aa")["pattern"]
    '^a+$'
    """
    return {"type": "string", "pattern": f"^{pattern}$", "examples": [example]}


def ref(name: str) -> Schema:
    """Point at a schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    """Let null stand for nothing."""
    return {"anyOf": [schema, {"type": "null"}]}


def listed(schema: Schema, **bounds: int) -> Schema:
    """Describe a list, its bounds as JSON Schema names them."""
    return {"type": "array", "items": schema, **bounds}


def shown(members: dict[str, Schema], **optional: Schema) -> Schema:
    """Describe an object of an answer: later releases may add members, none is taken away."""
    return {"type": "object", "properties": members | optional, "required": list(members)}


def taken(members: dict[str, Schema], **optional: Schema) -> Schema:
    """Describe an object of a request, where an unknown member is a fault."""
    return shown(members, **optional) | {"additionalProperties": False}


_DIGITS = "01977434dc1b" + "3f" * 16
SCORE_ID = spelled(names.SCORE_ID.pattern, f"sc_{_DIGITS}")
BATCH_ID = spelled(names.BATCH_ID.pattern, f"sb_{_DIGITS}")
CAMPAIGN_ID = spelled(names.CAMPAIGN_ID.pattern, f"ca_{_DIGITS}")
SHA256 = spelled("[0-9a-f]{64}", "5e" * 32)
OVERRIDE_ID = spelled(names.OVERRIDE_ID.pattern, f"ov_{_DIGITS}")
WEBHOOK_ID = spelled(names.WEBHOOK_ID.pattern, "wh_" + "5e" * 16)
CURSOR = spelled(paging.CURSOR.pattern, f"1999999999999-sc_{_DIGITS}")
