"""Decisions as the archive has them, one file at a time, with what a report asks of them."""

from collections.abc import Iterator

import polars as pl

from monitoring.tally import names_of
from protocol.artefact import Manifest, read_manifest
from protocol.errors import ArtefactError, NotKept
from protocol.kept import Kept
from protocol.states import State
from records import table
from records.folder import ArchiveError, File

_READ = ["class", "id", "owner", "state", "decision", "finished_ms", "public", "personal"]
_PUBLIC = pl.Struct({"model": pl.Struct({"digest": pl.String})})
_RESULT = pl.Struct({"pd": pl.Float64, "grade": pl.String})
#: How a personal part begins whose application could be read when it was archived.
_WHOLE = '{"application":{'


class Models:
    """The manifests of the models on the shelf.

    Args:
        kept: the shelf.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._known: dict[str, Manifest | None] = {}

    def manifest(self, digest: str) -> Manifest | None:
        """Read the manifest of a model; None when it is not kept, or damaged."""
        if digest not in self._known:
            try:
                self._known[digest] = read_manifest(self._kept.model(digest))
            except (NotKept, ArtefactError):
                self._known[digest] = None
        return self._known[digest]


def decisions(file: File, models: Models, wanted: pl.Expr) -> Iterator[tuple[str, pl.DataFrame]]:
    """Read the decisions of a file, model by model.

    Args:
        file: of the archive.
        models: whose fields they are.
        wanted: which rows, besides being decisions.
    Yields:
        Digest of a model, and its decisions: id, owner, finished_ms, `known` (False once the
        personal part is gone, and all that follows is null), pd, grade, and each field of the model
        as a number, null where it is missing.
    Raises:
        ArchiveError: the file cannot be read.
    """
    decided = (
        (pl.col("class") == "score")
        & (pl.col("state") == State.SUCCEEDED)
        & pl.col("decision").is_not_null()
    )
    found = table.read(file, _READ).filter(decided, wanted)
    try:
        digests = found["public"].str.json_decode(_PUBLIC).struct.field("model")
        named = found.with_columns(digests.struct.field("digest").fill_null("").alias("model"))
        for (digest,), rows in named.group_by("model", maintain_order=True):
            yield str(digest), _read(rows, models.manifest(str(digest)))
    except pl.exceptions.PolarsError as error:
        # Its own text quotes what it read.
        raise ArchiveError(
            f"{file.path}: a record cannot be read ({type(error).__name__})"
        ) from None


def _read(rows: pl.DataFrame, manifest: Manifest | None) -> pl.DataFrame:
    names = names_of(manifest) if manifest else []
    fields = pl.Struct(dict.fromkeys(names, pl.Float64))
    whole = pl.col("personal").str.starts_with(_WHOLE).fill_null(value=False)
    personal = pl.Struct(
        {"application": fields, "result": _RESULT} if names else {"result": _RESULT}
    )
    read = rows.with_columns(
        pl.when(whole).then("personal").str.json_decode(personal).alias("personal")
    )
    part = pl.col("personal").struct
    result, application = part.field("result").struct, part.field("application").struct
    return read.select(
        "id",
        "owner",
        "finished_ms",
        result.field("pd").is_not_null().alias("known"),
        result.field("pd"),
        result.field("grade"),
        *(application.field(name) for name in names),
    )
