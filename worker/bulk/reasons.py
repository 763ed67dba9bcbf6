"""The reasons of many applicants: as `worker.scorecard.reasons`, for whole columns.

There are few texts: 517 orders of at most four of six fields. So each row is numbered by how its
contributions compare, and the text of that number is looked up. A field that has two reasons
doubles the texts: a bit says on which side of the reference population's mean its value lies. More
than six fields have too many orders to prepare: there each row is sorted, and the texts that occur
are made up.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import permutations, product

import numpy as np
import numpy.typing as npt
import polars as pl

from protocol.application import FIELDS
from worker.bulk.categories import words
from worker.scorecard import MOST_REASONS
from worker.scorer import Rows, Scorer

#: Fields of which all orders are prepared: 5,040 numbered texts of six, 40,320 of seven.
MOST_PREPARED = 6

_Numbers = npt.NDArray[np.uint32]
_Flags = npt.NDArray[np.bool_]
#: The codes of one field: below, and above the mean.
_Codes = tuple[str, str]


def reasons(values: Rows, contributions: Rows, scorer: Scorer) -> pl.Series:
    """Name the fields that cost points, the dearest first; of two equal ones the earlier first.

    Args:
        values: applicants, shape (n, fields).
        contributions: log-odds that each field adds, shape (n, fields).
        scorer: its policy has the codes.
    Returns:
        At most `MOST_REASONS` codes joined by ";", shape (n,), an Enum.
    """
    policy, means = scorer.policy, scorer.reference.fields
    codes = [
        (policy.reason(field.name, above=False).code, policy.reason(field.name, above=True).code)
        for field in FIELDS
    ]
    above = [
        values[:, place] > means[place] for place, (low, high) in enumerate(codes) if low != high
    ]
    return ranked(contributions, codes, above)


def ranked(contributions: Rows, codes: Sequence[_Codes], above: Sequence[_Flags]) -> pl.Series:
    """Rank contributions and name them by their codes.

    >>> codes = [("A", "A"), ("LOW", "HIGH"), ("C", "C")]
    >>> rows = np.array([[1.0, 3.0, 1.0], [-1.0, 0.0, 2.0]])
    >>> ranked(rows, codes, [np.array([True, False])]).to_list()
    ['HIGH;A;C', 'C']

    Args:
        contributions: shape (n, fields).
        codes: a pair a field, alike where the side of the mean makes no difference.
        above: of each field whose two codes differ whether its value is above the mean, shape (n,).
    """
    if len(codes) > MOST_PREPARED:
        return _sorted(contributions, codes, above)
    places, texts = _texts(tuple(codes))
    found = places[_numbers(contributions)]
    for bit, flags in enumerate(above):
        found += flags * np.uint32(_orders(len(codes)) << bit)
    return texts[pl.Series(found)]


def _sorted(contributions: Rows, codes: Sequence[_Codes], above: Sequence[_Flags]) -> pl.Series:
    """Rank as `ranked`, by sorting each row.

    A row's number has a digit for each reason, 0 where there is none: of the two codes of each
    field, counted from 1.

    >>> codes = [(letter, letter) for letter in "ABCDEFG"]
    >>> _sorted(np.array([[0.5, 3.0, 0, 0.5, 0.25, 0.125, 0.0625]]), codes, []).to_list()
    ['B;A;D;E']
    """
    said = [code for pair in codes for code in pair]
    second = np.zeros(contributions.shape, dtype=np.int64)
    sided = [place for place, (low, high) in enumerate(codes) if low != high]
    for place, flags in zip(sided, above, strict=True):
        second[:, place] = flags
    dearest = np.argsort(-contributions, axis=1, kind="stable")[:, :MOST_REASONS]
    digits = 1 + 2 * dearest + np.take_along_axis(second, dearest, axis=1)
    digits *= np.take_along_axis(contributions, dearest, axis=1) > 0
    base = len(said) + 1
    worth = base ** np.arange(digits.shape[1])
    numbers, found = np.unique(digits @ worth, return_inverse=True)
    texts = [
        ";".join(said[digit - 1] for digit in (number // worth % base).tolist() if digit)
        for number in numbers
    ]
    return words(tuple(texts))[pl.Series(found)]


def _numbers(contributions: Rows) -> _Numbers:
    """Number each row: rows of the same number have the same reasons.

    The lower digits, in base 2, say of each pair of columns whether the later is the larger. Six
    columns make 15 pairs: far less work than to sort each row. The digit above counts the columns
    that cost points.

    >>> _numbers(np.array([[1.0, 3.0, 1.0], [-1.0, 0.0, 2.0]])).tolist()  # 3 * 8 + 1; 8 + 7
    [25, 15]

    Args:
        contributions: shape (n, columns).
    """
    columns = contributions.T
    pairs = [columns[apart:] > columns[:-apart] for apart in range(1, len(columns))]
    flags = np.concatenate([*pairs, columns > 0])
    count = len(flags) - len(columns)
    worth = [*(1 << pair for pair in range(count)), *[1 << count] * len(columns)]
    numbers: _Numbers = np.einsum("i,ij->j", np.array(worth, dtype=np.uint32), flags)
    return numbers


@lru_cache
def _texts(codes: tuple[_Codes, ...]) -> tuple[_Numbers, pl.Series]:
    """Put the text of each number in its place.

    Every order of fields, of which every number costs points, is made up and numbered.

    Returns:
        For each of `_numbers` a place in the second: the texts, an Enum, all those with every
        value on the lower side first.
    """
    size = len(codes)
    made = [(order, costly) for order in permutations(range(size)) for costly in range(size + 1)]
    numbers = _numbers(np.array([costly - np.argsort(order) for order, costly in made], float))
    places = np.zeros(numbers.max() + 1, dtype=np.uint32)
    places[numbers] = np.arange(len(made))
    sided = [place for place, (low, high) in enumerate(codes) if low != high]
    texts = [
        ";".join(said[field] for field in order[: min(costly, MOST_REASONS)])
        for sides in product((0, 1), repeat=len(sided))
        for said in [_on_sides(codes, dict(zip(reversed(sided), sides, strict=True)))]
        for order, costly in made
    ]
    return places, words(tuple(texts))


def _on_sides(codes: Sequence[_Codes], sides: Mapping[int, int]) -> list[str]:
    return [pair[sides.get(place, 0)] for place, pair in enumerate(codes)]


def _orders(fields: int) -> int:
    """Count the orders of fields, times how many of them cost points.

    >>> _orders(6)
    5040
    """
    return math.factorial(fields) * (fields + 1)
