"""Row groups copied as they are: what other readers make of the file, and what is refused."""

import duckdb
import pandas
import polars as pl
import pyarrow.parquet as pq
import pytest

from protocol.joined import open_joined, write_joined
from worker.bulk.parts import join
from worker.bulk.thrift import Reader, ThriftError, write


def frame(rows, first=0):
    numbers = pl.int_range(first, first + rows, eager=True)
    return pl.DataFrame(
        {
            "line": numbers,
            "reference": numbers.cast(pl.String).set(numbers % 7 == 0, None),
            "pd": numbers * 0.1,
            "due": numbers.cast(pl.Date),
            "flag": numbers % 2 == 0,
            "digest": pl.repeat("sha256:" + "a" * 64, rows, eager=True),
        }
    )


@pytest.fixture
def parts(tmp_path):
    frames = [frame(300_000), frame(0), frame(1, 300_000), frame(1_000, 300_001)]
    paths = [tmp_path / str(number) for number in range(len(frames))]
    for path, one in zip(paths, frames, strict=True):
        one.write_parquet(path, compression="zstd", statistics=path.name == "3")
    return paths


def joined(parts, folder, empty=None):
    """Write what a reader is given of some parts."""
    empty = frame(0) if empty is None else empty
    write_joined(folder / "index", join(parts, folder / "frame", "parquet", empty))
    path = folder / "joined"
    with open_joined(folder / "index") as file:
        path.write_bytes(file.read())
    return path


def test_a_part_of_other_columns_is_refused(parts, tmp_path):
    frame(1).rename({"pd": "p"}).write_parquet(parts[3])
    with pytest.raises(ValueError, match="3 has other columns"):
        joined(parts, tmp_path)


def test_what_is_no_parquet_is_refused(parts, tmp_path):
    parts[2].write_bytes(b"line,reference\n1,a\n")
    with pytest.raises(ValueError, match="2 is no Parquet file"):
        joined(parts, tmp_path)


def test_every_reader_reads_all_rows_in_order(parts, tmp_path):
    path, whole = joined(parts, tmp_path), frame(301_001)
    assert pl.read_parquet(path).equals(whole)
    assert pl.scan_parquet(path).slice(299_998, 5).collect().equals(whole[299_998:300_003])
    assert pl.from_arrow(pq.read_table(path)).equals(whole)
    with duckdb.connect() as connection:
        read = connection.read_parquet(str(path))
        assert pl.from_arrow(read.to_arrow_table()).equals(whole)
        assert read.filter("line > 300500").count("line").fetchall() == [(500,)]


def test_every_reader_reads_plain_texts_where_parts_have_categories(tmp_path):
    parts, texts = [tmp_path / "0", tmp_path / "1"], ["b", None, "a"]
    plain = pl.DataFrame({"line": [1, 2, 3], "grade": texts})
    for part, known in zip(parts, (["a", "b"], ["z", "b", "a"]), strict=True):
        plain.cast({"grade": pl.Enum(known)}).write_parquet(part)
    path = joined(parts, tmp_path, plain.cast({"grade": pl.Enum(texts[::2])}))
    twice = pl.concat([plain, plain])
    assert pl.read_parquet(path).equals(twice)
    assert pl.read_parquet_schema(path) == plain.schema
    assert pq.read_schema(path).field("grade").type == plain.to_arrow().field("grade").type
    assert pandas.read_parquet(path).equals(twice.to_pandas())
    with duckdb.connect() as connection:
        read = connection.read_parquet(str(path))
        assert [str(kind) for kind in read.types] == ["BIGINT", "VARCHAR"]
        assert read.fetchall() == twice.rows()


def test_joined_files_are_parts_like_others(parts, tmp_path):
    once = joined(parts[2:], tmp_path).rename(tmp_path / "once")
    twice = joined([parts[0], once], tmp_path)
    assert pl.read_parquet(twice).equals(frame(301_001))
    groups = pq.ParquetFile(twice).metadata
    assert sum(groups.row_group(n).num_rows for n in range(groups.num_row_groups)) == 301_001


def test_a_footer_read_and_written_is_the_same_bytes(parts):
    data = parts[3].read_bytes()
    footer = data[-8 - int.from_bytes(data[-8:-4], "little") : -8]
    assert write(Reader(footer).struct()) == footer


@pytest.mark.parametrize("data", [b"", b"\x15", b"\x1d\x00", b"\x18\x05ab"])
def test_bytes_that_are_no_struct_are_refused(data):
    with pytest.raises(ThriftError):
        Reader(data).struct()
