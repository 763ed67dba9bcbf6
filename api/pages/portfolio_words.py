"""What can be wrong with a portfolio, in the words of the page, by the codes that the API has."""

from typing import NamedTuple

from flask_babel import gettext, lazy_gettext

from api.pages.language import language, number
from protocol.application import FIELDS

#: Code of a fault of a row -> its name.
ROWS = {
    "missing": lazy_gettext("value missing"),
    "not-a-number": lazy_gettext("not a number"),
    "not-an-integer": lazy_gettext("not a whole number"),
    "out-of-range": lazy_gettext("out of range"),
    "wrong-column-count": lazy_gettext("wrong number of cells"),
    "not-an-object": lazy_gettext("no JSON object"),
}
#: Code of what keeps a whole file or campaign from being scored -> what it is.
WHOLE = {
    "disk-full": lazy_gettext("There is no room left for campaigns; have some made, then resume."),
    "duplicate-column": lazy_gettext("A column stands twice in the header; rename one."),
    "empty-file": lazy_gettext("The file is empty; send a file with rows."),
    "input-changed": lazy_gettext("The file was changed meanwhile."),
    "input-refused": lazy_gettext("The file may not be fetched from there."),
    "input-unreadable": lazy_gettext("There is no file there that can be read."),
    "invalid-query": lazy_gettext("Something that was said of the file cannot be used."),
    "line-ends": lazy_gettext("Its lines end in an unusual way; export the file again."),
    "line-too-long": lazy_gettext("A row is too long."),
    "missing-columns": lazy_gettext("Columns were not found; give the names that the file has."),
    "model-refused": lazy_gettext("The model or the policy of the campaign cannot be loaded."),
    "no-header": lazy_gettext("The first line must name the columns."),
    "not-ndjson": lazy_gettext("The file is no NDJSON: one JSON object a line."),
    "not-utf-8": lazy_gettext("The file is no UTF-8 text; export it again as UTF-8."),
    "nul-bytes": lazy_gettext("The file holds bytes that no text has."),
    "overloaded": lazy_gettext("Too much is waiting already; try again later."),
    "storage": lazy_gettext("The storage of campaigns cannot be reached now."),
    "storage-unavailable": lazy_gettext("The storage of campaigns cannot be reached now."),
    "too-large": lazy_gettext("The file is too large; send it in several."),
    "too-many-columns": lazy_gettext("The file has too many columns."),
    "unbalanced-quotes": lazy_gettext("A quote in the file has no partner."),
    "unreadable": lazy_gettext("The file is damaged or cut short; send it again."),
    "wrong-format": lazy_gettext("The file is of another format than its name says."),
    "wrong-type": lazy_gettext("A column holds no numbers."),
}
_BY_NAME = {field.name: field for field in FIELDS}


class Said(NamedTuple):
    """What is wrong with a whole file."""

    #: in the language of the page; "" when nothing more is known than `detail`
    text: str
    #: the API's own words, in English, which alone name columns and lines; "" when `text` is they
    detail: str = ""


def whole(code: str, detail: str) -> Said:
    """Say what keeps a file or a campaign from being scored.

    Args:
        code: see `WHOLE`.
        detail: the API's own words.
    """
    if language() == "en":
        return Said(detail)
    return Said(str(WHOLE.get(code, "")), detail)


def row(code: str, field: str | None) -> str:
    """Say what is wrong with a cell, and what it takes; "" when the code is not known.

    Args:
        code: see `ROWS`.
        field: of the application; None of a whole row.
    """
    if code not in ROWS:
        return ""
    name = str(ROWS[code])
    said = f"{name[0].upper()}{name[1:]}."
    if field is None:
        return said
    low, high = number(_BY_NAME[field].low), number(_BY_NAME[field].high)
    if _BY_NAME[field].kind == "integer":
        takes = gettext(
            "It takes a whole number from %(low)s to %(high)s, thousands not separated.",
            low=low,
            high=high,
        )
    else:
        takes = gettext(
            "It takes a number from %(low)s to %(high)s, thousands not separated.",
            low=low,
            high=high,
        )
    return f"{said} {takes}"
