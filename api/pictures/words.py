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


def brief(value: float, text: str, letters: int) -> str:
    """Round a number that has no room.

    >>> brief(12_345, "12,345", 6), brief(1_234_567, "1,234,567", 6), brief(96_621.2, "96,621.2", 6)
    ('12,345', '1.2M', '97k')

    Args:
        value: the number.
        text: as it would be written.
        letters: that there is room for.
    """
    if len(text) <= letters:
        return text
    for ending, unit in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= unit:
            return f"{number(value / unit, int(abs(value) < 10 * unit))}{ending}"
    return number(value, 3)


def short(name: str) -> str:
    """Cut a name that would run out of its panel.

    >>> short("income"), short("x" * 40)
    ('income', 'xxxxxxxxxxxxxxxxxxxxxxxxxxx…')
    """
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
