"""The categories of an Enum: made of a few texts, and thinned out when there are many."""

from functools import lru_cache

import numpy as np
import polars as pl

#: Categories that are numbered in a byte.
_FEW = 1 << 8


@lru_cache
def words(texts: tuple[str, ...]) -> pl.Series:
    """Give texts as an Enum that is looked up by position: `words(texts)[places]`.

    Its categories are the texts; one that is there twice is one of them.
    """
    return pl.Series(texts, dtype=pl.Enum(list(dict.fromkeys(texts))))


def only_used(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out categories that no row has, where there are many.

    Parquet gives each row as many bits as the number of categories needs. Of the 517 texts of
    reasons some 225 are met: whole bytes, which are packed twice as well and in half the time. Who
    reads several such files at once leaves these columns out: each has categories of its own.

    >>> many = pl.Enum([str(number) for number in range(517)])
    >>> only_used(pl.DataFrame({"n": ["7", None]}, {"n": many}))["n"].dtype
    Enum(categories=['7'])
    """
    many = [
        _only_used(frame[name], kind.categories)
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.Enum) and len(kind.categories) > _FEW
    ]
    return frame.with_columns(many)


def _only_used(text: pl.Series, categories: pl.Series) -> pl.Series:
    numbers = text.to_physical()
    used = np.flatnonzero(np.bincount(numbers.drop_nulls()))
    kept = categories.gather(used)
    renumbered = np.zeros(len(categories), dtype=np.uint32)
    renumbered[used] = np.arange(len(used))
    return kept.cast(pl.Enum(kept))[pl.Series(renumbered)[numbers]].alias(text.name)
