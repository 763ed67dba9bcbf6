"""A layout: found whatever the delimiter, refused with cause and remedy when it cannot be."""

import gzip

import pytest
from pydantic import ValidationError

from portfolio.layout import read_layout
from portfolio.options import Options, PortfolioError
from tests.bulk.conftest import GOOD, HEADER


@pytest.fixture
def layout(tmp_path):
    def read(content, **options):
        path = tmp_path / "portfolio.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_layout(path, Options(**{"format": "csv", **options}))

    return read


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_from_the_header(layout, delimiter, end, bom):
    header = HEADER.replace(",", f" {delimiter}") + end
    found = layout(bom + header.encode())
    assert (found.delimiter, found.reference) == (delimiter, "reference")
    assert found.columns == tuple(HEADER.split(","))
    assert found.body_start == len(bom) + len(header)


def test_a_quoted_newline_after_another_cell_is_no_obstacle_to_the_guess(layout):
    found = layout(HEADER.replace(",", ";") + ';"note\n(ours)"\n')
    assert (found.delimiter, found.columns[-1]) == (";", "note\n(ours)")


def test_a_quoted_header_may_span_lines(layout):
    found = layout(f'"note\n(ours)","a, b",{HEADER}\n', pass_through=("a, b",))
    assert found.columns[:2] == ("note\n(ours)", "a, b")
    assert found.body_line == 3


REFUSED = [
    (b"", "empty-file", "the file is empty"),
    (b"\xef\xbb\xbf\r\n \n", "empty-file", "the file is empty"),
    (f"\n{HEADER}\n", "no-header", "line 1 is empty"),
    (GOOD.format("a"), "no-header", "holds numbers, not column names"),
    (f"{HEADER},income\n", "duplicate-column", "column income more than once"),
    (HEADER.replace("\n", "") + "\ra\rb", "line-ends", "lone CR"),
    (HEADER.encode("utf-16"), "not-utf-8", "UTF-16"),
    (b"caf\xe9," + HEADER.encode(), "not-utf-8", "line 1: byte 3 is not UTF-8"),
    (b"a\0," + HEADER.encode(), "nul-bytes", "line 1: a NUL byte at byte 1"),
    (gzip.compress(HEADER.encode()), "compressed", "gzip"),
    (b"PK\x03\x04rest", "wrong-format", "export it as CSV"),
    (b"PAR1rest", "wrong-format", "give the format parquet"),
    (f'"{HEADER}\n', "no-header", "a quote without its partner"),
    (f"{HEADER}{',' * 4_096}\n", "too-many-columns", "4103 columns, of which 4096"),
    (
        "reference,income,Loan,years_employed",
        "missing-columns",
        "no column credit_lines_outstanding, loan_amt_outstanding, total_debt_outstanding, fico",
    ),
]


@pytest.mark.parametrize(("content", "code", "text"), REFUSED, ids=[row[1] for row in REFUSED])
def test_a_file_that_cannot_be_read_is_refused_with_its_cause(layout, content, code, text):
    with pytest.raises(PortfolioError, match=text) as refused:
        layout(content)
    assert refused.value.code == code


def test_a_header_of_hundreds_of_thousands_of_columns_is_refused(layout):
    names = ",".join(f"c{number:x}" for number in range(150_000))
    with pytest.raises(PortfolioError) as refused:
        layout(f"{HEADER},{names}\n", delimiter=",")
    assert refused.value.code == "too-many-columns"
    with pytest.raises(PortfolioError) as refused:
        layout(f"{names},{names}\n"[: 1 << 20], delimiter=",")
    assert refused.value.code in {"duplicate-column", "no-header"}


def test_an_error_names_as_many_columns_as_can_be_read(layout):
    names = ",".join(f"{'c' * 200}{number}" for number in range(100))
    for content in (f"{names}\n", f"{names},{names}\n"):
        with pytest.raises(PortfolioError) as refused:
            layout(content)
        assert "..." in refused.value.detail
        assert len(refused.value.detail) < 4_000


def test_a_first_line_that_is_an_applicant_is_not_quoted(layout):
    with pytest.raises(PortfolioError) as refused:
        layout(GOOD.format("Miller"))
    assert "Miller" not in str(refused.value)


@pytest.mark.parametrize(
    "options",
    [
        {"reference": "key"},
        {"pass_through": ["key"]},
        {"columns": {"income": "key"}},
        {"previous_pd": "key"},
        {"previous_grade": " key"},
    ],
)
def test_every_named_column_must_be_there(layout, options):
    with pytest.raises(PortfolioError, match="no column key; it has reference, credit"):
        layout(HEADER, **options)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"format": "xlsx"}, "'csv', 'ndjson' or 'parquet'"),
        ({"columns": {"salary": "x"}}, "salary is no field of the application"),
        ({"columns": {"income": " "}}, "a column's name is empty"),
        ({"columns": {"income": "fico_score"}}, "fico_score is named twice"),
        ({"pass_through": ["a", " a"]}, "a is named twice"),
        ({"pass_through": ["pd"]}, "the results have a column pd of their own"),
        ({"format": "ndjson", "delimiter": ","}, "delimiter and decimal are for csv"),
        ({"format": "parquet", "decimal": ","}, "delimiter and decimal are for csv"),
        ({"delimiter": "x"}, "Input should be"),
        ({"pass_through": ["previous_pd"]}, "the results have a column previous_pd of their own"),
        ({"previous_pd": ""}, "a column's name is empty"),
        ({"previous_pd": "a", "previous_grade": "a"}, "a is named twice"),
        ({"compare_with": "ca_1"}, "no campaign has such an id"),
        ({"compare_with": f"ca_{'0' * 44}\n"}, "no campaign has such an id"),
        ({"compare_with": f"ca_{'0' * 44}", "previous_pd": "a"}, "one past, .* or previous_pd"),
        ({"compare_with": f"ca_{'0' * 44}", "previous_grade": "a"}, "or previous_grade; leave one"),
        ({"sheet": 1}, "Extra inputs are not permitted"),
    ],
)
def test_options_that_contradict_themselves_are_refused(options, text):
    with pytest.raises(ValidationError, match=text):
        Options(**{"format": "csv", **options})


def test_the_header_of_a_compressed_file_is_read(tmp_path):
    path = tmp_path / "portfolio.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}\n{GOOD.format('a')}\n".encode()))
    found = read_layout(path, Options(format="csv"), packed=True)
    assert found.columns == tuple(HEADER.split(","))
    assert found.body_start == len(HEADER) + 1


def test_a_compressed_file_that_is_damaged_at_once_is_refused(tmp_path):
    path = tmp_path / "portfolio.csv.gz"
    path.write_bytes(gzip.compress(HEADER.encode())[:12])
    with pytest.raises(PortfolioError, match="damaged or cut short"):
        read_layout(path, Options(format="csv"), packed=True)
