"""The parameters that tell of a portfolio."""

from typing import Any, get_args

from api.contract.schema import TEXT, Schema
from api.submission import REFERENCE
from portfolio.options import TAKEN, Format
from protocol.application import FIELDS
from protocol.names import CAMPAIGN_ID

_FORMAT: Schema = {"enum": list(get_args(Format))}
_COLUMN: Schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"\S"}
_TEXTS = {
    "format": (_FORMAT, "Of the file; left out where its type or name tells it."),
    "delimiter": (
        {"enum": [",", ";", "\t", "|"]},
        "CSV: between the cells; left out, the header tells it.",
    ),
    "decimal": ({"enum": [".", ","], "default": "."}, "CSV: the decimal mark."),
    "reference": (
        _COLUMN,
        "The column with the caller's key of a row; left out, `reference` if there is one.",
    ),
    "previous_pd": (
        _COLUMN,
        "The column with the pd a row had before, 0 to 1: the summary tells what has moved.",
    ),
    "previous_grade": (_COLUMN, "The column with the grade a row had before."),
    "compare_with": (
        TEXT | {"pattern": f"^{CAMPAIGN_ID.pattern}$"},
        "The campaign that scored these rows before; instead of previous columns.",
    ),
    "output": (_FORMAT | {"default": "csv"}, "Of the results."),
    "raw_values": (
        {"type": "boolean", "default": False},
        "Whether the list of faults shows the refused values, which may be personal.",
    ),
    "name": (TEXT | {"pattern": REFERENCE}, "The caller's own name for the campaign."),
}


def _parameter(name: str, schema: Schema, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }


PARAMETERS = {name: _parameter(name, *of) for name, of in _TEXTS.items()} | {
    "pass_through": _parameter(
        "pass_through",
        {
            "type": "array",
            "maxItems": 100,
            "uniqueItems": True,
            "items": _COLUMN | {"not": {"enum": list(TAKEN)}},
        },
        "Columns copied to the results as they are; given once for each.",
    ),
    **{
        f"columns.{field.name}": _parameter(
            f"columns.{field.name}", _COLUMN, f"The column of {field.name}, if it has another name."
        )
        for field in FIELDS
    },
}
