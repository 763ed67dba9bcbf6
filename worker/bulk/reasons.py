"""The reasons of many applicants: as `worker.scorecard.reasons`, for whole columns.

There are few texts: 517 orders of at most four of six codes. So each row is numbered by how its
contributions compare, and the text of that number is looked up.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import permutations

import numpy as np
import numpy.typing as npt
import polars as pl

from worker.bulk.categories import words
from worker.scorecard import MOST_REASONS
from worker.scorer import Rows

_Numbers = npt.NDArray[np.uint32]


def reasons(contributions: Rows, codes: Sequence[str]) -> pl.Series:
    """Name the columns that cost points, the dearest first; of two equal ones the earlier first.

    >>> reasons(np.array([[1.0, 3.0, 1.0], [-1.0, 0.0, 2.0]]), ["A", "B", "C"]).to_list()
    ['B;A;C', 'C']

    Args:
        contributions: log-odds that each column adds, shape (n, columns).
        codes: one a column, none of them empty.
    Returns:
        At most `MOST_REASONS` codes joined by ";", shape (n,), an Enum.
    """
    return _texts(tuple(codes))[pl.Series(_numbers(contributions))]


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
def _texts(codes: tuple[str, ...]) -> pl.Series:
    """Put the text of each number in its place, an Enum.

    Every order of columns, of which every number costs points, is made up and numbered.
    """
    size = len(codes)
    made, texts = [], []
    for order in permutations(range(size)):
        for costly in range(size + 1):
            made.append(costly - np.argsort(order))
            texts.append(";".join(codes[column] for column in order[: min(costly, MOST_REASONS)]))
    numbers = _numbers(np.array(made, dtype=np.float64))
    places = np.zeros(numbers.max() + 1, dtype=np.uint32)
    places[numbers] = np.arange(len(texts))
    return words(tuple(texts))[pl.Series(places)]
