"""A compressed file is unpacked whole, or refused and nothing left."""

import gzip
import hashlib

import pytest

from portfolio.options import PortfolioError
from worker.bulk.gzipped import unpack

TEXT = bytes(range(256)) * 10_000
PACKED = gzip.compress(TEXT, mtime=0)
NOBODY = print  # is told the digest


def test_all_members_are_unpacked(tmp_path):
    (tmp_path / "in").write_bytes(PACKED + gzip.compress(b"more"))
    noted = []

    def note(sha256):
        noted.append((sha256, (tmp_path / "out").exists()))

    assert unpack(tmp_path / "in", tmp_path / "out", 1 << 30, note) == len(TEXT) + 4
    assert (tmp_path / "out").read_bytes() == TEXT + b"more"
    assert noted == [(hashlib.sha256(TEXT + b"more").hexdigest(), False)]


def test_exactly_as_many_bytes_as_allowed_are_taken(tmp_path):
    (tmp_path / "in").write_bytes(PACKED)
    assert unpack(tmp_path / "in", tmp_path / "out", len(TEXT), NOBODY) == len(TEXT)


def flipped(data, position):
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


@pytest.mark.parametrize(
    ("content", "most", "code"),
    [
        (b"reference,income\n", 1 << 30, "unreadable"),
        (PACKED[:-9], 1 << 30, "unreadable"),
        (PACKED[: len(PACKED) // 2], 1 << 30, "unreadable"),
        (flipped(PACKED, len(PACKED) - 6), 1 << 30, "unreadable"),
        (flipped(PACKED, 200), 1 << 30, "unreadable"),
        (PACKED + b"rest", 1 << 30, "unreadable"),
        (PACKED, len(TEXT) - 1, "too-large"),
    ],
)
def test_what_cannot_be_unpacked_is_refused_and_leaves_nothing(tmp_path, content, most, code):
    (tmp_path / "in").write_bytes(content)
    with pytest.raises(PortfolioError) as refused:
        unpack(tmp_path / "in", tmp_path / "out", most, NOBODY)
    assert refused.value.code == code
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
