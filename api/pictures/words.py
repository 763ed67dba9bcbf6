"""How numbers and names are spelt in pictures: as the pages do, in the language in force."""

from api.pages.language import number, percent

#: Longest name shown in full, characters.
LONGEST = 28


def share(rows: int, total: int) -> str:
    """Spell a share in percent; a dash is a share of nothing.

    >>> share(1, 8), share(0, 8), share(0, 0)
    ('12.5%', '0.0%', '-')
    """
    return percent(rows / total) if total else "-"


def counted(rows: int, total: int) -> str:
    """Spell a count with its share.

    >>> counted(1_500, 3_000)
    '1,500 (50.0%)'
    """
    return f"{number(rows)} ({share(rows, total)})"


def short(name: str) -> str:
    """Cut a name that would run out of its panel.

    >>> short("income"), short("x" * 40)
    ('income', 'xxxxxxxxxxxxxxxxxxxxxxxxxxx…')
    """
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
