"""How numbers and names are spelt in pictures."""

#: Longest name shown in full, characters.
LONGEST = 28


def share(rows: int, total: int) -> str:
    """Spell a share in percent; a dash is a share of nothing.

    >>> share(1, 8), share(1, 20_000), share(0, 8), share(0, 0)
    ('12.5%', '<0.1%', '0.0%', '-')
    """
    if not total:
        return "-"
    return "<0.1%" if 0 < rows / total < 0.001 else f"{rows / total:.1%}"


def counted(rows: int, total: int) -> str:
    """Spell a count with its share.

    >>> counted(1_500, 3_000)
    '1,500 (50.0%)'
    """
    return f"{rows:,} ({share(rows, total)})"


def short(name: str) -> str:
    """Cut a name that would run out of its panel.

    >>> short("income"), short("x" * 40)
    ('income', 'xxxxxxxxxxxxxxxxxxxxxxxxxxx…')
    """
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
