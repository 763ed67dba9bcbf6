import hashlib
from collections.abc import Callable
from pathlib import Path

import pandas
import pytest

from protocol.errors import LoanscoreError
from training import data
from training.mapping import mapping_of

Save = Callable[[pandas.DataFrame], Path]


def refusal(path: Path) -> str:
    with pytest.raises(data.DataError) as caught:
        data.read(path)
    return str(caught.value)


def test_a_missing_file_is_refused_with_its_name_and_the_remedy(tmp_path: Path) -> None:
    told = refusal(tmp_path / "gone.csv")
    assert "gone.csv" in told
    assert "No such file" in told
    assert "LOAN_DATA" in told


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "cannot be read: Is a directory" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_refused_and_the_columns_are_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "loans.csv"
    path.write_bytes(content)
    told = refusal(path)
    assert "is empty" in told
    assert "customer_id, credit_lines_outstanding" in told


def test_a_file_that_is_not_text_is_one_fault_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "loans.xlsx"
    path.write_bytes(b"PK\x03\x04\n\xff\xfe")
    assert refusal(path).splitlines()[1:] == [
        "  line 2: is not UTF-8 text; save the file as CSV (UTF-8)"
    ]


def test_another_separator_is_one_fault_that_names_it(saved: Save, loans: pandas.DataFrame) -> None:
    path = saved(loans)
    loans.to_csv(path, sep=";", index=False)
    assert refusal(path).splitlines()[1:] == [
        "  line 1: cells are parted by ';'; write commas instead"
    ]


def test_a_quote_that_is_never_closed_is_refused(saved: Save, loans: pandas.DataFrame) -> None:
    path = saved(loans)
    path.write_text(path.read_text() + '"7,1,2,3,4,5,600,0\n')
    assert "line 202: is not CSV" in refusal(path)


def test_every_missing_column_is_named(saved: Save, loans: pandas.DataFrame) -> None:
    told = refusal(saved(loans.drop(columns=["income", "default", "customer_id"])))
    assert "3 faults" in told
    for column in ("income", "default", "customer_id"):
        assert f"line 1, {column}: column is missing" in told


def test_a_column_that_stands_twice_is_refused(saved: Save, loans: pandas.DataFrame) -> None:
    path = saved(pandas.concat([loans, loans[["income"]]], axis=1))
    assert "line 1, income: column stands 2 times; keep one of them" in refusal(path)


@pytest.mark.parametrize(
    ("column", "cell", "cause"),
    [
        ("income", "", "is empty"),
        ("income", "plenty", "'plenty' is not a number"),
        ("income", "12,5", "'12,5' is not a number"),
        ("income", "1_000", "'1_000' is not a number"),
        ("income", "nan", "'nan' is not a number"),
        ("income", "inf", "'inf' is out of range; write a number from 0 to 1e+12"),
        ("income", "-0.01", "'-0.01' is out of range"),
        ("loan_amt_outstanding", "-1", "'-1' is out of range"),
        ("total_debt_outstanding", "2e12", "'2e12' is out of range"),
        ("credit_lines_outstanding", "2.5", "'2.5' is not a whole number"),
        ("credit_lines_outstanding", "1001", "'1001' is out of range"),
        ("years_employed", "101", "'101' is out of range"),
        ("fico_score", "299", "write a whole number from 300 to 850"),
        ("fico_score", "851", "'851' is out of range"),
        ("default", "yes", "'yes' is not a number; write 0 (repaid) or 1 (default)"),
        ("default", "2", "'2' is out of range; write 0 (repaid) or 1 (default)"),
        ("default", "0.5", "'0.5' is not a whole number"),
        ("customer_id", " ", "is empty; give each row an id"),
    ],
)
def test_a_wrong_cell_is_named_by_line_column_and_cause(
    saved: Save, loans: pandas.DataFrame, column: str, cell: str, cause: str
) -> None:
    spoilt = loans.astype(str)
    spoilt.loc[4, column] = cell
    told = refusal(saved(spoilt))
    assert "1 fault," in told
    assert f"line 6, {column}: " in told
    assert cause in told


def test_all_faults_are_counted_and_the_first_twenty_told_in_the_order_of_the_file(
    saved: Save, loans: pandas.DataFrame
) -> None:
    spoilt = loans.astype(str)
    spoilt.loc[:14, "fico_score"] = "high"
    spoilt.loc[:14, "income"] = "low"
    told = refusal(saved(spoilt)).splitlines()
    assert "30 faults" in told[0]
    assert told[-1] == "  and 10 more; in all: income 15, fico_score 15"
    assert [line.split(":")[0] for line in told[1:4]] == [
        "  line 2, fico_score",
        "  line 2, income",
        "  line 3, fico_score",
    ]
    assert len(told) == 22


def test_thousands_of_faults_are_still_counted_exactly(
    saved: Save, loans: pandas.DataFrame
) -> None:
    path = saved(loans)
    path.write_text(path.read_text() + "short,row\n" * 5_000)
    told = refusal(path).splitlines()
    assert "5000 faults" in told[0]
    assert told[1].startswith("  line 202: 2 cells where the header has 8")
    assert told[-1] == "  and 4980 more; in all: the rows 5000"


def test_a_repeated_id_names_both_lines(saved: Save, loans: pandas.DataFrame) -> None:
    loans.loc[9, "customer_id"] = loans.loc[3, "customer_id"]
    assert "line 11, customer_id: repeats the id of line 5" in refusal(saved(loans))


def test_a_row_of_another_width_is_refused(saved: Save, loans: pandas.DataFrame) -> None:
    path = saved(loans)
    path.write_text(path.read_text().replace("\n", ",\n", 3).replace(",\n", "\n", 2))
    assert "line 3: 9 cells where the header has 8" in refusal(path)


def test_blank_lines_are_skipped_but_counted(saved: Save, loans: pandas.DataFrame) -> None:
    loans.loc[0, "fico_score"] = 5
    path = saved(loans)
    path.write_text(path.read_text().replace("\n", "\n\n", 1))
    assert "1 fault," in refusal(path)
    assert "line 3, fico_score: " in refusal(path)


def test_a_quoted_line_break_does_not_crash(saved: Save, loans: pandas.DataFrame) -> None:
    named = loans.astype({"customer_id": str})
    named.loc[0, "customer_id"] = "two\nlines"
    assert len(data.read(saved(named)).frame) == len(loans)


def test_a_shown_cell_is_short_and_cannot_steer_the_terminal(
    saved: Save, loans: pandas.DataFrame
) -> None:
    spoilt = loans.astype(str)
    spoilt.loc[0, "income"] = "\x1b[2J" + "x" * 5_000
    told = refusal(saved(spoilt))
    assert "\x1b" not in told
    assert len(told) < 300


def test_too_few_rows_are_refused_with_the_least_number(
    saved: Save, loans: pandas.DataFrame
) -> None:
    assert "has 49 rows; at least 50" in refusal(saved(loans.head(49)))
    assert "has 0 rows; at least 50" in refusal(saved(loans.head(0)))


@pytest.mark.parametrize(("outcome", "noun"), [(0, "repaid loans"), (1, "defaults")])
def test_a_single_class_is_refused(
    saved: Save, loans: pandas.DataFrame, outcome: int, noun: str
) -> None:
    told = refusal(saved(loans.assign(default=1 - outcome)))
    assert f"default: 0 rows are {outcome} ({noun}); at least 10 of each are needed" in told


def test_a_refusal_is_an_error_the_service_can_name() -> None:
    assert issubclass(data.DataError, LoanscoreError)


def test_what_spreadsheets_write_is_read(saved: Save, loans: pandas.DataFrame) -> None:
    path = saved(loans)
    plain = data.read(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    pandas.testing.assert_frame_equal(data.read(path).frame, plain.frame)


def test_columns_may_stand_in_any_order_and_others_are_named_as_ignored(
    saved: Save, loans: pandas.DataFrame
) -> None:
    plain = data.read(saved(loans))
    mixed = data.read(saved(loans[loans.columns[::-1]].assign(branch="Lyon")))
    pandas.testing.assert_frame_equal(mixed.frame, plain.frame)
    assert mixed.ignored == ("branch",)


def test_the_id_is_never_a_feature_and_the_file_is_known_by_its_digest(
    saved: Save, loans: pandas.DataFrame
) -> None:
    path = saved(loans)
    read = data.read(path)
    assert "customer_id" not in read.frame
    assert read.rows.shape == (200, 6)
    assert read.rows[0].tolist() == loans.iloc[0, 1:7].tolist()
    assert read.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_columns_of_other_names_are_read_by_the_mapping(
    saved: Save, loans: pandas.DataFrame
) -> None:
    plain = data.read(saved(loans))
    mapping = {"income": "annual_income", "default": "bad", "customer_id": "income"}
    named = loans.rename(columns=mapping).assign(default="never")
    read = data.read(saved(named), mapping)
    pandas.testing.assert_frame_equal(read.frame, plain.frame)
    assert read.ignored == ("default",)


def test_a_fault_names_the_column_as_the_file_does(saved: Save, loans: pandas.DataFrame) -> None:
    named = loans.rename(columns={"income": "annual_income"}).astype({"annual_income": str})
    named.loc[4, "annual_income"] = "low"
    with pytest.raises(data.DataError, match=r"line 6, annual_income: 'low' is not a number"):
        data.read(saved(named), {"income": "annual_income"})


def test_a_column_the_mapping_names_must_be_there(saved: Save, loans: pandas.DataFrame) -> None:
    with pytest.raises(data.DataError, match=r"line 1, bad: column is missing.*LOAN_COLUMNS"):
        data.read(saved(loans), {"default": "bad"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("income", "'income' is not a pair"),
        ("income=", "is not a pair"),
        ("salary=annual_income", "'salary' is no column that is read"),
        ("income=a,income=b", "stands twice"),
        ("income=a,default=a", "stands twice"),
    ],
)
def test_a_mapping_that_says_nothing_clear_is_refused(text: str, told: str) -> None:
    with pytest.raises(data.DataError, match=f"^LOAN_COLUMNS: .*{told}"):
        mapping_of(text)


def test_days_and_groups_are_read_where_they_are_there(
    saved: Save, loans: pandas.DataFrame
) -> None:
    plain = data.read(saved(loans))
    assert (plain.days, plain.groups) == (None, None)
    named = loans.assign(applied_on="2024-02-29T10:00:00", branch=["a", " b"] * 100)
    read = data.read(saved(named), {"group": "branch"})
    assert set(read.days.astype(str)) == {"2024-02-29"}
    assert read.groups.tolist() == [0, 1] * 100


def test_a_day_or_group_that_is_none_is_named_by_its_line(
    saved: Save, loans: pandas.DataFrame
) -> None:
    spoilt = loans.assign(applied_on="2024-01-31", group="a")
    spoilt.loc[2, ["applied_on", "group"]] = ["31.01.2024", " "]
    told = refusal(saved(spoilt)).splitlines()[1:]
    assert told == [
        "  line 4, applied_on: '31.01.2024' is not a day; write it as 2026-01-31",
        "  line 4, group: is empty; name the group of each row",
    ]
