"""A file in parts: from anywhere the same bytes as one file, and never a byte too few."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.joined import BLOCK, Span, open_joined, read_spans, write_joined


@pytest.fixture
def index(tmp_path):
    """Three parts in a folder below: 5 of 10 bytes, nothing, and more than a block."""
    (tmp_path / "parts").mkdir()
    contents = (b"0123456789", b"", os.urandom(BLOCK + 100))
    paths = [tmp_path / "parts" / str(number) for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    spans = [Span(paths[0], 3, 8), Span(paths[1], 0, 0), Span(paths[2], 0, BLOCK + 100)]
    write_joined(tmp_path / "index", spans)
    return tmp_path / "index"


def whole(index):
    return b"34567" + (index.parent / "parts" / "2").read_bytes()


def test_a_part_that_is_away_shows_before_the_first_byte(index):
    (index.parent / "parts" / "2").unlink()
    with pytest.raises(FileNotFoundError):
        open_joined(index)


def test_a_part_that_has_become_shorter_shows_before_the_first_byte(index):
    (index.parent / "parts" / "0").write_bytes(b"0123456")
    with pytest.raises(OSError, match="shorter than it was: '0'"):
        open_joined(index)


def test_a_part_that_becomes_shorter_while_it_is_read_ends_no_file(index):
    with open_joined(index) as file:
        (index.parent / "parts" / "2").write_bytes(b"x")
        with pytest.raises(OSError, match="shorter than it was: '2'"):
            file.read()


def test_a_file_of_nothing_is_empty(tmp_path):
    write_joined(tmp_path / "index", [])
    with open_joined(tmp_path / "index") as file:
        assert (file.read(), file.seek(0, io.SEEK_END)) == (b"", 0)


def test_parts_without_a_byte_are_not_among_them(index):
    assert [span.path.name for span in read_spans(index)] == ["0", "2"]


def test_it_is_read_from_anywhere(index):
    content = whole(index)
    with open_joined(index) as file:
        assert file.seek(0, io.SEEK_END) == len(content)
        assert file.read() == b""

        @given(st.integers(0, len(content) + 9), st.integers(0, BLOCK + 200))
        def same(place, count):
            assert file.seek(place) == place
            assert file.read(count) == content[place : place + count]
            assert file.tell() == max(place, min(place + count, len(content)))

        same()
