"""Ranges: cut anywhere, a file gives the same results and every line once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.layout import read_layout
from portfolio.options import Options, PortfolioError
from tests.bulk.conftest import GOOD, HEADER, Run
from worker.bulk import pieces
from worker.bulk import ranges as ranges_module
from worker.bulk.ranges import ranges

NOTES = ("", "plain", '"a, b"', '"two\nlines"', '"say ""no"""', '""""', '"\n\n"', '"\r\n"', "é€")
ROWS = st.one_of(
    st.sampled_from(NOTES).map(lambda note: f"{GOOD.format('R')},{note}"),
    st.sampled_from(["", "short,1", '"x\ny"', "R,3,4200,x,61500,4,648,n", "a,b,c,d,e,f,g,h,i,j"]),
)


def cut(path, size, **options):
    return ranges(path, read_layout(path, Options(format="csv", **options)), size)


@settings(max_examples=60)
@given(
    rows=st.lists(ROWS, min_size=1, max_size=60),
    end=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
    last=st.booleans(),
    block=st.sampled_from([150, 1_000, 1 << 22]),
)
def test_the_size_of_ranges_changes_no_result(
    *, tmp_path_factory, scorer, rows, end, bom, last, block
):
    text = end.join([f"{HEADER},note", *rows]) + (end if last else "")
    path = tmp_path_factory.mktemp("cut") / "portfolio.csv"
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + text.encode())
    options = Options(format="csv", pass_through=("note",), raw_values=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "BLOCK", block)
        whole = Run(path, options, scorer)
        if not whole.chunks:
            return
        for size in (1, 200, 777):
            parts = Run(path, options, scorer, size)
            assert parts.results.equals(whole.results)
            assert parts.rejected.equals(whole.rejected)
            assert parts.counts == whole.counts
            edges = [(part.start, part.end) for part in parts.ranges]
            assert [start for start, _ in edges[1:]] == [end for _, end in edges[:-1]]
            assert edges[-1][1] == path.stat().st_size
    seen = [*whole.results["line"], *whole.rejected["line"].unique()]
    assert sorted(seen) == expected_lines(rows)


def expected_lines(rows):
    """Physical lines where rows begin that are not blank, counted one by one."""
    line, found = 2, []
    for row in rows:
        if row:
            found.append(line)
        line += row.count("\n") + 1
    return found


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_row_is_never_cut_in_its_quotes(tmp_path, delimiter):
    path = tmp_path / "portfolio.csv"
    header = f"{HEADER},note".replace(",", delimiter)
    row = f"{GOOD.format('R')},".replace(",", delimiter) + '"1\n2\r\n""3""\n"\r\n'
    path.write_bytes(f"{header}\r\n{row * 50}".encode())
    found = cut(path, 200)
    data = path.read_bytes()
    assert len(row) == 42  # so 5 rows reach 200 bytes, and they have 20 lines
    assert len(found) == 10
    assert b"".join(data[part.start : part.end] for part in found) == row.encode() * 50
    assert all((part.end - part.start) % len(row) == 0 for part in found)
    assert [part.first_line for part in found] == [2 + 20 * index for index in range(10)]


@pytest.mark.parametrize("block", [30, 64, 1_000])
@pytest.mark.parametrize("last", ["", "\n"])
def test_a_range_has_no_more_rows_than_allowed(tmp_path, monkeypatch, block, last):
    monkeypatch.setattr(pieces, "BLOCK", block)
    monkeypatch.setattr(ranges_module, "MOST_ROWS", 3)
    path = tmp_path / "portfolio.csv"
    rows = [f"short,{n}" for n in range(10)]
    path.write_text("\n".join([HEADER, *rows]) + last)
    data = path.read_text()
    found = cut(path, 1_000)
    texts = [data[part.start : part.end].split() for part in found]
    assert texts == [rows[0:3], rows[3:6], rows[6:9], rows[9:]]
    assert [part.first_line for part in found] == [2, 5, 8, 11]


def test_no_piece_holds_more_than_a_block_and_a_row(tmp_path, monkeypatch):
    monkeypatch.setattr(pieces, "BLOCK", 1_000)
    path = tmp_path / "portfolio.csv"
    rows = [GOOD.format("x" * (n % 300)) for n in range(500)]
    path.write_text("\n".join([HEADER, *rows]))
    layout = read_layout(path, Options(format="csv"))
    sizes = [len(piece.data) for piece in pieces.pieces(path, layout)]
    assert max(sizes) <= 1_000 + max(map(len, rows)) + 1
    assert sum(sizes) == path.stat().st_size - layout.body_start


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([GOOD.format('"open')], 2),
        ([GOOD.format("a"), GOOD.format('"open'), GOOD.format("c")], 3),
        ([GOOD.format("a"), GOOD.format('"open'), GOOD.format('"closed"')], 3),
        ([GOOD.format("a"), GOOD.format('5" pipe'), GOOD.format("c")], 3),
        ([GOOD.format('"a"'), GOOD.format('"b" '), GOOD.format("c")], 3),
        ([GOOD.format('"x\ny"'), GOOD.format('"a""b"'), GOOD.format('"z""')], 5),
    ],
)
def test_a_quote_without_its_partner_is_named_with_its_line(tmp_path, rows, line):
    path = tmp_path / "portfolio.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    with pytest.raises(PortfolioError, match=f"^line {line}: the quote") as refused:
        cut(path, 100)
    assert refused.value.code == "unbalanced-quotes"


@pytest.mark.parametrize(
    ("inserted", "code", "text"),
    [
        (b"\xff", "not-utf-8", "line 1001: byte 26086 is not UTF-8"),
        (b"\0", "nul-bytes", "line 1001: a NUL byte at byte 26086"),
        (b"x" * (1 << 20), "line-too-long", "line 1001: the row is longer than 1048576 bytes"),
        (b'"' + b"x\n" * (1 << 20), "line-too-long", "line 1001: the row is longer than 1048576"),
    ],
)
@pytest.mark.parametrize("block", [4_096, 1 << 22])
def test_what_cannot_be_read_is_named_with_its_line(
    *, tmp_path, monkeypatch, block, inserted, code, text
):
    monkeypatch.setattr(pieces, "BLOCK", block)
    path = tmp_path / "portfolio.csv"
    rows = [GOOD.format("").encode()] * 2_000
    rows[999] = inserted + rows[999]
    path.write_bytes(b"\n".join([HEADER.encode(), *rows]))
    assert len(HEADER) + 1 + 999 * (len(rows[0]) + 1) == 26086
    with pytest.raises(PortfolioError, match=text) as refused:
        cut(path, 10_000)
    assert refused.value.code == code
