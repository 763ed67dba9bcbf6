"""The language of a page, and how it writes numbers: chosen, else what the browser prefers.

Codes, paths and the names of fields stay English everywhere.
"""

from datetime import datetime, timedelta
from pathlib import Path

from babel import negotiate_locale
from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from flask import Flask, request
from flask_babel import Babel, get_locale

from api.pages.cookies import Cookies
from protocol.application import FIELDS

#: Tag -> the language's own name; the first one is for browsers that prefer none of them.
LANGUAGES = {"en": "English", "fr": "Français"}
#: How each writes numbers: English as in Europe, where the euro stands before the amount.
_LOCALES = {"en": "en_GB", "fr": "fr_FR"}
_UNITS = {field.name: field.unit for field in FIELDS}
_FOLDER = Path(__file__).parent / "translations"


def register(app: Flask, cookies: Cookies, currency: str) -> None:
    """Give templates their language and the filters `money`, `number` and `percent`.

    Args:
        app: the application.
        cookies: where a choice is remembered.
        currency: ISO 4217 code of the amounts.
    """
    Babel(
        app,
        default_translation_directories=str(_FOLDER),
        locale_selector=lambda: choice(cookies.language()),
    )
    app.add_template_filter(lambda amount: money(amount, currency), "money")
    app.add_template_filter(lambda value, field: valued(value, field, currency), "valued")
    app.add_template_filter(number, "number")
    app.add_template_filter(percent, "percent")
    app.add_template_filter(duration, "duration")
    app.add_template_filter(moment, "moment")


def language() -> str:
    """Name the language of the page under way: en or fr; en where there is none."""
    return str(get_locale() or "en")


def choice(chosen: str) -> str:
    """Choose a language.

    Args:
        chosen: before, "" if never.
    """
    asked = request.args.get("lang", "")
    for tag in (asked, chosen):
        if tag in LANGUAGES:
            return tag
    # Werkzeug's own best_match prefers fr to en-US, whatever comes first.
    preferred = [tag for tag, quality in request.accept_languages if quality > 0]
    return negotiate_locale(preferred, list(LANGUAGES), sep="-") or "en"


def money(amount: float, currency: str) -> str:
    """Write an amount, a whole one without cents.

    Args:
        amount: in the currency.
        currency: ISO 4217 code.
    """
    whole = "¤#,##0" if language() == "en" else "#,##0\N{NO-BREAK SPACE}¤"
    return format_currency(
        amount,
        currency,
        format=whole if amount == int(amount) else None,
        locale=_locale(),
        currency_digits=amount != int(amount),
    )


def valued(value: float, field: str, currency: str) -> str:
    """Write the value of a field of the application, an amount with its currency."""
    return money(value, currency) if _UNITS[field].startswith("currency") else number(value)


def number(value: float, digits: int = 0, *, fixed: bool = False) -> str:
    """Write a number.

    Args:
        value: any.
        digits: after the decimal mark, at most.
        fixed: whether it has all of them.
    """
    pattern = f"#,##0.{('0' if fixed else '#') * digits}"
    return format_decimal(round(value, digits), pattern, locale=_locale())


def percent(share: float, digits: int = 1) -> str:
    """Write a share in percent; neither what is not nothing as nothing, nor what is not all as all.

    Args:
        share: 0 to 1.
        digits: after the decimal mark.
    """
    least = 10 ** -(digits + 2)
    if 0 < share < least:
        return f"<\N{NO-BREAK SPACE}{_percent(least, digits)}"
    if 1 - least < share < 1:
        return f">\N{NO-BREAK SPACE}{_percent(1 - least, digits)}"
    return _percent(share, digits)


def duration(seconds: float) -> str:
    """Write how long something takes, to the second, the minute or the hour."""
    return format_timedelta(timedelta(seconds=round(seconds)), threshold=2, locale=_locale())


def moment(rfc3339: str) -> str:
    """Write a time of the API's, in UTC."""
    return f"{format_datetime(datetime.fromisoformat(rfc3339), 'short', locale=_locale())} UTC"


def _percent(share: float, digits: int) -> str:
    space = "" if language() == "en" else "\N{NO-BREAK SPACE}"
    return format_percent(share, f"0.{'0' * digits}{space}%", locale=_locale())


def _locale() -> str:
    return _LOCALES[language()]
