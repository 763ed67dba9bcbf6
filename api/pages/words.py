"""The words of the pages for what the API says in codes: those of the schema, in their language."""

from api.pages.language import language
from protocol.schema import SCHEMA, Words

_ENTRIES = {entry.name: entry for entry in SCHEMA.fields}


def of_field(name: str) -> Words:
    """Give the words of a field of the application."""
    entry = _ENTRIES[name]
    return entry.fr if language() == "fr" else entry.en


def labels() -> dict[str, str]:
    """Give the label of each field, and of each ratio that the model sees."""
    fields = {name: of_field(name).label for name in _ENTRIES}
    french = language() == "fr"
    return fields | {one.name: one.fr if french else one.en for one in SCHEMA.ratio_columns}
