"""`loanscore export`: what other engines make of the scorecard is what the service answers."""

import csv
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas
import pytest

from protocol.application import FIELDS
from tests.conftest import LOAN_DATA, ROOT, environment
from training.generator import look_alike

NAMES = [field.name for field in FIELDS]
#: What the look-alike loans have not: no income, little income, every field at its ends.
EDGES = (
    (0, 5_000.0, 0.0, 0.0, 5, 700),
    (2, 900.0, 12.5, 0.3, 1, 555),
    tuple(field.low for field in FIELDS),
    tuple(field.high for field in FIELDS),
)


def export(*arguments, **variables):
    return subprocess.run(
        [ROOT / "loanscore", "export", *arguments],
        cwd="/",
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The real loans where there are some, else look-alike ones, and the edges."""
    frame = pandas.read_csv(LOAN_DATA) if LOAN_DATA.is_file() else look_alike()
    edges = pandas.DataFrame(EDGES, columns=NAMES)
    path = tmp_path_factory.mktemp("book") / "book.csv"
    pandas.concat([frame[NAMES], edges]).astype(
        {field.name: int for field in FIELDS if field.kind == "integer"}
    ).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def served(lane, book):
    """What the running service answers for each row, in order."""
    done = subprocess.run(
        [ROOT / "loanscore", "campaign", "run", book, "--to", book.parent / "answers"],
        env=environment(state_dir=lane.settings.state_dir, url=lane.url),
        check=True,
        capture_output=True,
    )
    (results,) = (book.parent / "answers").rglob("results.csv")
    with results.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 10_000, done.stdout
    return rows


@pytest.fixture(scope="module")
def exported(artefact, lane, tmp_path_factory):
    """Both files."""
    folder = tmp_path_factory.mktemp("exported")
    for kind in ("sql", "pmml"):
        told = export(kind, model_dir=artefact, state_dir=lane.settings.state_dir)
        assert (told.returncode, told.stderr) == (0, "")
        (folder / f"scorecard.{kind}").write_text(told.stdout)
    return folder


def in_duckdb(query, book):
    with duckdb.connect() as database:
        database.execute("create table applications as from read_csv(?)", [str(book)])
        return database.execute(query).df().to_dict("records")


def in_sqlite(query, book):
    database = sqlite3.connect(":memory:")
    pandas.read_csv(book).to_sql("applications", database, index=False)
    rows = pandas.read_sql(query, database).to_dict("records")
    database.close()
    return rows


def furthest(served, rows, name):
    """Give the largest difference; a NaN of either is the largest of all."""
    ours, theirs = (np.array([row[name] for row in each], dtype=float) for each in (served, rows))
    return float(np.abs(ours - theirs).max())


@pytest.mark.parametrize("engine", [in_duckdb, in_sqlite])
def test_the_query_gives_what_the_service_answers(engine, exported, book, served, report):
    rows = engine((exported / "scorecard.sql").read_text(), book)
    off = {name: furthest(served, rows, name) for name in ("pd", "points")}
    report(f"{engine.__name__}, {len(rows):,} rows: furthest from the service: {off}")
    assert off["pd"] <= 1e-9
    assert off["points"] == 0
    for ours, theirs in zip(served, rows, strict=True):
        assert (ours["grade"], ours["decision"]) == (theirs["grade"], theirs["decision"])
        assert float(ours["expected_loss"]) == pytest.approx(theirs["expected_loss"], rel=1e-9)


def test_an_engine_of_another_maker_gives_the_service_s_pd(exported, book, served, report):
    engine = Path(__file__).with_name("pmml_engine.py")
    done = subprocess.run(
        [sys.executable, engine, exported / "scorecard.pmml", book],
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = np.array(done.stdout.split(), dtype=float)
    ours = np.array([float(row["pd"]) for row in served])
    off = float(np.abs(theirs - ours).max())
    report(f"PMML in PMML4S, {len(theirs):,} rows: furthest from the service: {off:.1e}")
    assert len(theirs) == len(ours)
    assert off <= 1e-9


@pytest.mark.parametrize("name", ["a b", "loans; drop table loans", "a.b.c", "1st", ""])
def test_a_table_that_is_no_name_is_refused(name, artefact, lane):
    told = export("sql", "--table", name, model_dir=artefact, state_dir=lane.settings.state_dir)
    assert told.returncode == 2
    assert "--table" in told.stderr


def test_without_a_model_it_is_one_line(lane, tmp_path):
    told = export("pmml", model_dir=tmp_path, state_dir=lane.settings.state_dir)
    assert told.returncode == 1
    assert "no model artefact" in told.stderr
    assert told.stderr.count("\n") == 1


def test_a_name_cannot_end_the_comment_it_stands_in(artefact, lane, tmp_path):
    manifest = json.loads((artefact / "manifest.json").read_text())
    manifest["version"] = "1\nDROP TABLE applications;"
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    told = export("sql", model_dir=tmp_path, state_dir=lane.settings.state_dir)
    assert told.returncode == 0
    assert not any(line.startswith("DROP") for line in told.stdout.splitlines())
