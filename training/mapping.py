"""The mapping: what the columns of a data file are called there, when not as here."""

from collections.abc import Mapping

from training.columns import OPTIONAL, REQUIRED
from training.faults import DataError

#: The variable that holds it.
VARIABLE = "LOAN_COLUMNS"


def mapping_of(text: str) -> dict[str, str]:
    """Read a mapping, `ours=theirs` for each column that has another name in the file.

    >>> mapping_of("income=annual_income, default=bad")
    {'income': 'annual_income', 'default': 'bad'}
    >>> mapping_of("")
    {}

    Returns:
        Our name -> the name in the file's header.
    Raises:
        DataError: a pair is not one, or a name is unknown or stands twice.
    """
    pairs = [pair.strip() for pair in text.split(",") if pair.strip()]
    mapping: dict[str, str] = {}
    for pair in pairs:
        ours, equals, theirs = (part.strip() for part in pair.partition("="))
        if not (ours and equals and theirs):
            raise _refused(f"{pair!r} is not a pair; write ours=theirs, parted by commas")
        if ours not in (*REQUIRED, *OPTIONAL):
            known = ", ".join((*REQUIRED, *OPTIONAL))
            raise _refused(f"{ours!r} is no column that is read; these are: {known}")
        if ours in mapping or theirs in mapping.values():
            raise _refused(f"{pair!r}: one of its names stands twice; name each column once")
        mapping[ours] = theirs
    return mapping


def our_header(header: list[str], mapping: Mapping[str, str]) -> list[str]:
    """Give a file's header in our names.

    A column that has one of our names while the mapping gives that name to another is not ours.

    >>> our_header(["id", "income", "annual_income"], {"income": "annual_income"})
    ['id', 'income (not read)', 'income']
    """
    ours = {theirs: name for name, theirs in mapping.items()}
    return [ours.get(name, f"{name} (not read)" if name in mapping else name) for name in header]


def _refused(text: str) -> DataError:
    return DataError(f"{VARIABLE}: {text}")
