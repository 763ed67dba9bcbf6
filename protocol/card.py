"""The model card: `card.md` in the artefact, the page made of it, and the place for promotions.

Training writes it (`training.card`); whoever promotes the model adds a line with `promoted` and
makes the page anew with `page`.
"""

import base64
import re

CARD_FILE = "card.md"
PAGE_FILE = "card.html"
#: The picture the card shows; inside the page, so that the page is one file.
PICTURE_FILE = "calibration.png"

#: The last section of the card.
PROMOTIONS = "## Promotions\n"
NOBODY = "Not promoted yet.\n"

#: The page's style sheet, which its Content-Security-Policy names by digest.
STYLE = """\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #bbb;padding:.2rem .6rem}
code{overflow-wrap:anywhere}img{max-width:100%}"""


def plain(text: str) -> str:
    r"""Write a text so that Markdown shows it as it is, in one line.

    >>> print(plain("*Q1*\n<b>book</b>"))
    \*Q1\* \<b\>book\</b\>
    """
    return re.sub(r"([\\`*_{}\[\]<>()#+|!~&])", r"\\\1", " ".join(text.split()))


def promoted(card: str, when: str, who: str, why: str) -> str:
    r"""Add a promotion to a card, after the earlier ones.

    >>> card = PROMOTIONS + "\n" + NOBODY
    >>> print(promoted(card, "2026-11-25T14:00:00Z", "ana", "gates passed"))
    ## Promotions
    <BLANKLINE>
    * 2026-11-25T14:00:00Z, ana: gates passed
    <BLANKLINE>
    """
    line = f"* {plain(when)}, {plain(who)}: {plain(why)}\n"
    return card.removesuffix(NOBODY) + line


def page(card: str, picture: bytes | None) -> str:
    """Make the HTML page of a card; whatever HTML stands in the card is shown, not obeyed.

    Args:
        card: Markdown.
        picture: the PNG that the card names `PICTURE_FILE`; None leaves the reference.
    """
    # Imported late: it comes with rich, which the image that scores does not carry.
    from markdown_it import MarkdownIt  # noqa: PLC0415

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(card)
    if picture is not None:
        data = base64.b64encode(picture).decode("ascii")
        body = body.replace(f'src="{PICTURE_FILE}"', f'src="data:image/png;base64,{data}"')
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Model card</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n"
        "</html>\n"
    )
