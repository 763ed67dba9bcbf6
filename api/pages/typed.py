"""Numbers as people type them, in French and in English; what can be read in two ways is not read.

Babel's own parser will not do: it takes nan, 1_000 and 1E5, and refuses the space of a keyboard.
"""

import re

#: A space that groups digits: of the keyboard, no-break, narrow no-break; an apostrophe too.
_GROUPING = "[ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'\N{RIGHT SINGLE QUOTATION MARK}]"
_GROUPED = re.compile(rf"-?[0-9]{{1,3}}(?:{_GROUPING}[0-9]{{3}})+(?![0-9])")
_PLAIN = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")
#: One mark with three digits behind it: thousands to one reader, a fraction to another.
_EITHER = re.compile(r"-?[1-9][0-9]{0,2}([.,])[0-9]{3}")
_ENGLISH_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")


class NotANumber(ValueError):
    """The text is no number."""


class Ambiguous(ValueError):
    """The text is one number to some readers and another to others."""


def number(text: str, language: str) -> float:
    """Read a number.

    >>> number("12 500,50", "fr"), number("12,500.50", "en"), number("61500,5", "en")
    (12500.5, 12500.5, 61500.5)

    Args:
        text: as it was typed.
        language: en or fr; `4,200` is four thousand and two hundred in English alone.
    Raises:
        NotANumber: it is none.
        Ambiguous: `4,200` in French, `4.200` in any language.
    """
    text = text.strip().replace("\N{MINUS SIGN}", "-")
    if grouped := _GROUPED.match(text):
        text = re.sub(_GROUPING, "", grouped[0]) + text[grouped.end() :]
    elif (either := _EITHER.fullmatch(text)) and (language != "en" or either[1] == "."):
        raise Ambiguous
    if language == "en" and _ENGLISH_THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    plain = text.replace(",", ".")
    if not _PLAIN.fullmatch(plain):
        raise NotANumber
    return float(plain)
