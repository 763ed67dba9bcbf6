"""A schema file is taken whole or refused in one line that says where and what to do."""

import json
import subprocess
import sys

import pytest

from portfolio.options import TAKEN
from protocol.errors import SchemaError
from protocol.schema import RESERVED, SHIPPED_FILE, read_schema
from tests.conftest import ROOT, environment
from training.columns import IDENTIFIER, OPTIONAL, TARGET


def changed(folder, change):
    document = json.loads(SHIPPED_FILE.read_text())
    change(document)
    path = folder / "schema.json"
    path.write_text(json.dumps(document))
    return path


def setting(place, name, value):
    def change(document):
        part = document
        for step in place:
            part = part[step]
        part[name] = value

    return change


FIRST = ("fields", 0)
RATIO = ("ratios", "columns", 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (setting((), "format", 2), "format: Input should be 1"),
        (setting((), "fields", []), "fields: List should have at least 1 item"),
        (setting(FIRST, "name", "Lines"), "fields.0.name: String should match pattern"),
        (setting(FIRST, "name", "income"), "income stands twice"),
        (setting(FIRST, "name", "dti"), "dti stands twice"),
        (setting(FIRST, "name", "customer_id"), "customer_id has a meaning of its own"),
        (setting(FIRST, "kind", "text"), "fields.0.kind: Input should be"),
        (setting(FIRST, "low", 1_000), "low must be below high"),
        (setting(FIRST, "example", 1_001), "and the example between them"),
        (setting(FIRST, "example", 1.5), "must be whole"),
        (setting(FIRST, "risk", "up"), "fields.0.risk: Input should be"),
        (setting(FIRST, "step", 0), "fields.0.step: Input should be greater than 0"),
        (setting(FIRST, "secret", 1), "fields.0.secret: Extra inputs are not permitted"),
        (setting((*FIRST, "fr"), "label", ""), "fields.0.fr.label"),
        (setting((), "exposure", "loan"), "loan is no field"),
        (setting(("fields", 1), "low", -1), "loan_amt_outstanding may be negative"),
        (setting(RATIO, "amount", "loan"), "loan is no field"),
        (setting(RATIO, "amount", "income"), "income cannot be divided by itself"),
        (setting(RATIO, "amount", "total_debt_outstanding"), "an amount stands twice"),
        (setting(("ratios",), "divisor", "pay"), "pay is no field"),
        (setting(("ratios",), "at_least", 0), "ratios.at_least"),
    ],
)
def test_a_fault_is_named(tmp_path, change, said):
    with pytest.raises(SchemaError) as refused:
        read_schema(changed(tmp_path, change))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_fields_may_enter_as_they_are(tmp_path):
    schema = read_schema(changed(tmp_path, setting((), "ratios", None)))
    assert schema.ratio_columns == []


def test_no_field_can_be_named_as_what_stands_beside_it_in_a_file():
    assert {*TAKEN, IDENTIFIER, TARGET.name, *OPTIONAL} <= RESERVED


@pytest.mark.parametrize("room", ["api", "worker", "cli", "training"])
def test_a_process_without_its_schema_ends_in_one_line(room, tmp_path):
    ended = python("-m", room, schema_file=tmp_path / "none.json")
    assert ended.returncode == 1
    assert ended.stderr.startswith("loanscore: no schema: ")
    assert "LOANSCORE_SCHEMA_FILE" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


#: Reads an application as a process of its own schema does.
READ = "import sys; from protocol.application import as_read; print(as_read(sys.argv[1]))"
#: Writes its own example.
WRITE = "from protocol.application import EXAMPLE, written; print(written(EXAMPLE))"


def turned(document):
    document["fields"].reverse()


def test_an_application_of_another_schema_is_never_mistaken(tmp_path):
    """The same six numbers in another order would be another applicant."""
    other = changed(tmp_path, turned)
    ours = python("-c", WRITE).stdout.strip()
    theirs = python("-c", WRITE, schema_file=other).stdout.strip()
    assert (type(json.loads(ours)), type(json.loads(theirs))) == (list, dict)
    refused = python("-c", READ, ours, schema_file=other)
    assert "ValueError: an application of other fields" in refused.stderr
    for schema in ({}, {"schema_file": other}):
        read = python("-c", READ, theirs, **schema)
        assert "credit_lines_outstanding=3" in read.stdout
        assert "fico_score=648" in read.stdout
    gone = changed(tmp_path, lambda document: document["fields"].pop())
    assert "ValueError" in python("-c", READ, theirs, schema_file=gone).stderr


def python(*arguments, **variables):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(**variables) | {"PYTHONPATH": f"{ROOT}:{ROOT / 'client'}"},
        capture_output=True,
        text=True,
        check=False,
    )
