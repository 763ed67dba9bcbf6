"""The languages: which one a page is in, and that none of its words is missing."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from api.pages import typed
from tests.conftest import ROOT

FRENCH = ROOT / "api" / "pages" / "translations" / "fr" / "LC_MESSAGES"


def catalog():
    with (FRENCH / "messages.po").open("rb") as file:
        return read_po(file, locale="fr")


def test_every_word_of_the_pages_has_its_french(tmp_path):
    extracted = tmp_path / "pages.pot"
    extract = [
        "extract",
        "-F",
        "pyproject.toml",
        "-k",
        "lazy_gettext",
        "-o",
        extracted,
        "api/pages",
        "api/pictures",
    ]
    tool = Path(sys.executable).with_name("pybabel")
    subprocess.run([tool, "--quiet", *extract], cwd=ROOT, check=True)
    with extracted.open("rb") as file:
        said = {message.id for message in read_po(file)}
    french = catalog()
    assert {message.id for message in french} == said, "make words"
    missing = [
        message.id
        for message in french
        if message.id and not all(message.string if message.pluralizable else [message.string])
    ]
    assert missing == []


def test_placeholders_are_the_same_in_both_languages():
    faults = [(message.id, list(message.check(catalog()))) for message in catalog() if message.id]
    assert [fault for fault in faults if fault[1]] == []


def test_what_is_served_is_what_is_written():
    compiled = io.BytesIO()
    write_mo(compiled, catalog())
    compiled.seek(0)
    with (FRENCH / "messages.mo").open("rb") as file:
        assert pairs(read_mo(file)) == pairs(read_mo(compiled)), "make words"


def pairs(words):
    return sorted((str(message.id), str(message.string)) for message in words if message.id)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("fr-FR,fr;q=0.9,en;q=0.5", "fr"),
        ("fr-CA", "fr"),
        ("de,fr;q=0.5", "fr"),
        ("en-US,fr;q=0.9", "en"),
        ("de", "en"),
        ("*", "en"),
        ("", "en"),
        (";;q=x", "en"),
    ],
)
def test_the_browsers_language_is_the_pages(visit, accepted, language):
    page = visit().get("/sign-in", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}">' in page.text


def test_a_language_that_was_chosen_is_kept_and_an_unknown_one_is_not(visit):
    visitor = visit()
    assert '<html lang="fr">' in visitor.get("/sign-in?lang=fr").text
    assert '<html lang="fr">' in visitor.get("/sign-in", headers={"Accept-Language": "en"}).text
    for unknown in ("de", "", "../fr", "fr_FR"):
        answer = visitor.get("/sign-in", params={"lang": unknown})
        assert "Set-Cookie" not in answer.headers
        assert '<html lang="fr">' in answer.text
    assert '<html lang="en">' in visitor.get("/sign-in?lang=en").text


@pytest.mark.parametrize(
    ("text", "french", "english"),
    [
        ("4200", 4200, 4200),
        (" 4 200 ", 4200, 4200),
        ("4\N{NO-BREAK SPACE}200,5", 4200.5, 4200.5),
        ("1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567", 1234567, 1234567),
        ("12'000.50", 12000.5, 12000.5),
        ("4200,5", 4200.5, 4200.5),
        ("4200.5", 4200.5, 4200.5),
        ("0,500", 0.5, 0.5),
        ("4,200", typed.Ambiguous, 4200),
        ("4.200", typed.Ambiguous, typed.Ambiguous),
        ("1,234,567.5", typed.NotANumber, 1234567.5),
        ("1.234.567", typed.NotANumber, typed.NotANumber),
        ("\N{MINUS SIGN}3", -3, -3),
        ("4 20", typed.NotANumber, typed.NotANumber),
        ("1e5", typed.NotANumber, typed.NotANumber),
        ("nan", typed.NotANumber, typed.NotANumber),
        ("1_000", typed.NotANumber, typed.NotANumber),
        ("0x10", typed.NotANumber, typed.NotANumber),
        ("٣", typed.NotANumber, typed.NotANumber),
        ("9" * 21, typed.NotANumber, typed.NotANumber),
        (",5", typed.NotANumber, typed.NotANumber),
        ("", typed.NotANumber, typed.NotANumber),
    ],
)
def test_numbers_are_read_as_they_are_typed_or_not_at_all(text, french, english):
    for language, wanted in (("fr", french), ("en", english)):
        if isinstance(wanted, type):
            with pytest.raises(wanted):
                typed.number(text, language)
        else:
            assert typed.number(text, language) == wanted
