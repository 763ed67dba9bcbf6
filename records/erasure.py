"""Erase applicants from an archive: the personal part goes, the chain stays verifiable."""

import polars as pl

from records import table
from records.folder import Folder


def ids_of(folder: Folder, owner: str, reference: str) -> set[str]:
    """Name the records in which a client called an applicant by a reference."""
    found: set[str] = set()
    for file in folder.files():
        frame = table.read(file, ["id", "owner", "personal"])
        found.update(frame.filter(pl.col("owner") == owner, has_reference(reference))["id"])
    return found


def erase(folder: Folder, ids: set[str]) -> int:
    """Rewrite the files that hold these records without their personal part; safe to repeat.

    Returns:
        How many records had one.
    """
    which = pl.col("id").is_in(list(ids)) & pl.col("personal").is_not_null()
    erased = 0
    with folder.changing(wait=True):
        for file in folder.files():
            frame = table.read(file)
            hit = frame.filter(which).height
            if hit:
                table.replace(file.path, table.erased(frame, which))
                erased += hit
    return erased


def has_reference(reference: str) -> pl.Expr:
    """Select records by the caller's reference."""
    return pl.col("personal").str.json_path_match("$.reference") == reference
