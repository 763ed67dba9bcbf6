"""Parts: whole or not there, the same bytes every time, and joined as if written at once."""

import csv
import json

import polars as pl
import pytest
from pydantic import ValidationError

from protocol.artefact import TrainedField
from protocol.joined import open_joined, write_joined
from protocol.policy import Grade, Reason
from tests.bulk.conftest import GOOD, HEADER
from worker.bulk import parts

KINDS = ["csv", "ndjson", "parquet"]
READ = {"csv": pl.read_csv, "ndjson": pl.read_ndjson, "parquet": pl.read_parquet}
FRAME = pl.DataFrame(
    {
        "line": [2, 3, 5],
        "reference": ["a", None, 'x,"y"\nz'],
        "pd": [0.1, 1e-300, 1 / 3],
        "warnings": ["", "income", "é"],
        # written once for all lines, and as they would be in each
        "model_name": ['loans, "spring"'] * 3,
        "approve_below": [0.05] * 3,
    }
)


def joined(paths, folder, kind, empty):
    """Write what a reader is given of some parts."""
    write_joined(folder / "index", parts.join(paths, folder / "frame", kind, empty))
    target = folder / "joined"
    with open_joined(folder / "index") as file:
        target.write_bytes(file.read())
    return target


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_frame_gives_the_same_bytes(tmp_path, kind):
    for name in "ab":
        parts.write(FRAME, tmp_path / name, kind)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("kind", KINDS)
def test_joined_parts_are_the_file_written_at_once(tmp_path, kind):
    slices = [FRAME[:1], FRAME[1:1], FRAME[1:]]
    paths = [tmp_path / str(number) for number in range(3)]
    for path, part in zip(paths, slices, strict=True):
        parts.write(part, path, kind)
    target = joined(paths, tmp_path, kind, FRAME.clear())
    content = target.read_bytes()
    assert joined(paths, tmp_path, kind, FRAME.clear()).read_bytes() == content
    whole = tmp_path / "whole"
    parts.write(FRAME, whole, kind, header=True)
    if kind == "parquet":
        assert pl.read_parquet(target).equals(FRAME)
    else:
        assert target.read_bytes() == whole.read_bytes()
    assert READ[kind](target)["pd"].to_list() == FRAME["pd"].to_list()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [4, 999])
def test_a_text_out_of_a_list_is_written_as_the_text_it_is(tmp_path, kind, count):
    texts = pl.Series(["", "a;b", None, "é", "a;b"])
    known = pl.Enum(["a;b", "never", "", "é", *map(str, range(4, count))])
    plain = pl.DataFrame({"line": range(5), "reasons": texts})
    read, content = [], []
    for frame in (plain, plain.cast({"reasons": known})):
        parts.write(frame, tmp_path / "part", kind)
        path = joined([tmp_path / "part"] * 2, tmp_path, kind, frame)
        read.append(READ[kind](path))
        content.append(path.read_bytes())
    assert read[0].equals(read[1])
    assert read[0].schema == read[1].schema == plain.schema
    assert kind == "parquet" or content[0] == content[1]


@pytest.mark.parametrize("kind", KINDS)
def test_no_parts_join_to_a_file_of_the_columns_alone(tmp_path, kind):
    target = joined([], tmp_path, kind, FRAME)
    if kind == "ndjson":
        assert target.read_bytes() == b""
    else:
        assert READ[kind](target).columns == FRAME.columns
        assert READ[kind](target).height == 0


def test_a_text_that_a_spreadsheet_would_run_is_neutralised(tmp_path):
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "a=1", "", None, "'quoted"]
    frame = pl.DataFrame({"=note": texts, "pd": [-1.0] * len(texts)})
    parts.write(frame, tmp_path / "part", "csv", header=True)
    with (tmp_path / "part").open(newline="") as file:
        (names, *rows) = csv.reader(file)
    assert names == ["'=note", "pd"]
    neutral = ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", "a=1", "", "", "'quoted"]
    assert [row[0] for row in rows] == neutral
    assert {row[1] for row in rows} == {"-1.0"}


@pytest.mark.parametrize("cell", ["plain", "a,b", 'a"b', "a\nb", "a\rb", "=1", "", None, " a "])
@pytest.mark.parametrize("kind", [pl.String, pl.Categorical])
def test_whatever_a_cell_holds_it_is_read_back(tmp_path, cell, kind):
    """Where no cell has anything to quote none is looked at again."""
    frame = pl.DataFrame({"line": [1, 2], "note": ["L1", cell], "pd": [0.5, 1e-300]})
    parts.write(frame.with_columns(pl.col("note").cast(kind)), tmp_path / "part", "csv")
    with (tmp_path / "part").open(newline="") as file:
        rows = list(csv.reader(file))
    there = "'=1" if cell == "=1" and kind == pl.String else cell or ""
    assert rows == [["1", "L1", "0.5"], ["2", there, "1e-300"]]


@pytest.mark.parametrize("part", [Grade, Reason, TrainedField])
def test_no_text_of_a_model_is_one_a_spreadsheet_would_run(part, scorer):
    policy, fields = scorer.policy, scorer.manifest.fields
    known = next(one for one in (*policy.grades, *policy.reasons, *fields) if type(one) is part)
    name = next(iter(part.model_fields))  # the grade, the code, the field's name
    with pytest.raises(ValidationError, match=f"{name}\n.*pattern"):
        part.model_validate(known.model_dump() | {name: "=1+1"})


def test_only_csv_is_neutralised(tmp_path):
    frame = pl.DataFrame({"reference": ["=1+1"]})
    parts.write(frame, tmp_path / "part", "ndjson")
    assert json.loads((tmp_path / "part").read_text()) == {"reference": "=1+1"}
    parts.write(frame, tmp_path / "part", "parquet")
    assert pl.read_parquet(tmp_path / "part").equals(frame)


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_that_is_away_leaves_the_old_frame_and_nothing_beside(tmp_path, kind):
    parts.join([], tmp_path / "frame", kind, FRAME)
    before = (tmp_path / "frame").read_bytes()
    with pytest.raises(FileNotFoundError):
        parts.join([tmp_path / "missing"], tmp_path / "frame", kind, FRAME)
    assert (tmp_path / "frame").read_bytes() == before
    assert list(tmp_path.iterdir()) == [tmp_path / "frame"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_results_file_is_the_same_for_every_size_of_ranges(run, tmp_path, kind):
    rows = [GOOD.format(f'"R{n}\n"') if n % 5 else "bad,1" for n in range(200)]
    content = "\n".join([HEADER, *rows])
    contents = set()
    for size in (300, 5_000, 1 << 23):
        found = run(content, size=size)
        for chunk, part in zip(found.chunks, found.ranges, strict=True):
            parts.write(chunk.results, tmp_path / str(part.index), kind)
        paths = [tmp_path / str(part.index) for part in found.ranges]
        path = joined(paths, tmp_path, kind, found.results)
        contents.add(path.read_bytes() if kind != "parquet" else pl.read_parquet(path).write_csv())
    assert len(contents) == 1
