"""The diff of a campaign: every row is compared once or counted among those that cannot be."""

import itertools
import random
import shutil

import pytest

from protocol import names
from tests.campaigns import judge
from tests.campaigns.portfolios import applicant, written
from tests.campaigns.storage import Storage
from tests.policy import POLICY
from worker.campaigns.diff import finished, matching
from worker.model import load_scorer

KINDS = ["csv", "ndjson", "parquet"]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Batches and buckets so small that a few hundred rows need many."""
    monkeypatch.setattr(finished, "BATCH", 50)
    monkeypatch.setattr(matching, "BUCKET", 40)


@pytest.fixture(scope="module")
def scorer(artefact):
    return load_scorer(artefact, POLICY)


@pytest.fixture
def storage(tmp_path, scorer):
    return Storage(tmp_path, scorer)


@pytest.fixture
def grades(scorer):
    return [band.grade for band in scorer.policy.grades]


def book(rows, seed=1, named=lambda number: f"L{number}"):
    """A portfolio in which some rows cannot be scored."""
    dice = random.Random(seed)
    made = [applicant(dice, reference=named(number)) for number in range(rows)]
    for row in dice.sample(made, rows // 20):
        row["income"] = -1
    return made


def without_means(diff):
    return {name: value for name, value in diff.items() if name != "pd"}


def test_a_campaign_that_never_was_is_named_as_the_error(storage):
    other = names.new_campaign_id()
    campaign = storage.run(written(book(5), "csv", ["reference"]), compare_with=other)
    error = "it has no results; name a campaign that is over and is kept"
    assert storage.diff(campaign) == {"with": other, "error": error}
    assert storage.json(campaign, "summary")["scored"] == 5


@pytest.mark.parametrize(
    ("file", "content", "error"),
    [
        ("plan.json", b"{}", "its plan cannot be read"),
        ("results", b"PAR1 no more", "its results cannot be read"),
        ("parts/000000-results", b"PAR1 no more", "its results cannot be read"),
    ],
)
def test_a_campaign_that_cannot_be_read_is_an_error_of_the_diff_alone(
    storage, file, content, error
):
    portfolio = written(book(5), "csv", ["reference"])
    other = storage.run(portfolio, output="parquet")
    (storage.folder(other).path / file).write_bytes(content)
    campaign = storage.run(portfolio, compare_with=other)
    assert storage.diff(campaign) == {"with": other, "error": error}
    assert not list(storage.folder(campaign).path.glob(".diff*"))


def test_without_anything_to_compare_with_there_is_no_diff(storage):
    assert storage.diff(storage.run(written(book(5), "csv", ["reference"]))) is None


@pytest.mark.parametrize("output", KINDS)
@pytest.mark.parametrize("past", ["columns", "campaign"])
def test_nothing_scored_compares_nothing(storage, output, past):
    header = written([], "csv", ["reference", "was"])
    given = {"previous_pd": "was"}
    if past == "campaign":
        given = {"compare_with": storage.run(header, output=output)}
    diff = storage.diff(storage.run(header, output=output, **given))
    assert (diff["compared"], diff["without_previous"], diff["flips"]) == (0, 0, 0)
    nobody = {"compared": 0, "mean_before": None, "mean_now": None, "mean_change": None}
    assert (diff["pd"], diff["movers"]) == (nobody, [])
    assert sum(sum(row.values()) for row in diff["grades"].values()) == 0


def book_with_past(columns, grades):
    """A portfolio whose rows say of their previous score what people say."""
    dice = random.Random(3)
    for row in book(300):
        pds = [dice.random(), dice.random() / 20, 0, 1, None, "", "n/a", -0.1, 1.5, " 0.05 "]
        past = {"was_pd": dice.choice(pds)}
        past["was_grade"] = dice.choice([*grades, None, "", "Z", " B ", "a", 3])
        yield {**row, **{name: past[name] for name in columns}}


FORMATS = [("csv", "csv"), ("csv", "parquet"), ("ndjson", "ndjson"), ("ndjson", "csv")]


def run_with_past(storage, columns, formats, grades):
    """Score such a portfolio; returns what was sent, the scored rows, and the diff."""
    kind, output = formats
    sent = list(book_with_past(columns, grades))
    campaign = storage.run(
        written(sent, kind, ["reference", *columns]),
        format=kind,
        output=output,
        **{name.replace("was", "previous"): name for name in columns},
    )
    scored = judge.rows(storage.folder(campaign), output)
    first_line = 2 if kind == "csv" else 1
    return [sent[row["line"] - first_line] for row in scored], scored, storage.diff(campaign)


@pytest.mark.parametrize("formats", FORMATS, ids="-".join)
@pytest.mark.parametrize("columns", [("was_pd",), ("was_pd", "was_grade")], ids="-".join)
def test_a_file_that_carries_its_past_is_compared_row_by_row(storage, scorer, columns, formats):
    grades = [band.grade for band in scorer.policy.grades]
    sent, scored, diff = run_with_past(storage, columns, formats, grades)
    pasts = [judge.past(row, scorer.policy) for row in sent]
    pairs = [(was, now) for was, now in zip(pasts, scored, strict=True) if was is not None]
    expected, means = judge.moved(pairs, grades)
    left = len(scored) - len(pairs)
    assert without_means(diff) == {"with": "columns", "without_previous": left, **expected}
    assert diff["pd"]["compared"] == sum(was["pd"] is not None for was, _ in pairs)
    assert [diff["pd"]["mean_before"], diff["pd"]["mean_now"]] == pytest.approx(means, rel=1e-12)
    assert diff["pd"]["mean_change"] == pytest.approx(means[1] - means[0], rel=1e-9)
    assert 0 < diff["compared"] < len(scored) == 285


@pytest.mark.parametrize("formats", FORMATS, ids="-".join)
def test_where_only_a_grade_is_known_nothing_is_said_of_pd(storage, scorer, grades, formats):
    sent, scored, diff = run_with_past(storage, ["was_grade"], formats, grades)
    pasts = [judge.past(row, scorer.policy) for row in sent]
    pairs = [(was, now) for was, now in zip(pasts, scored, strict=True) if was is not None]
    assert diff == {
        "with": "columns",
        "compared": len(pairs),
        "without_previous": len(scored) - len(pairs),
        "grades": judge.matrix(pairs, "grade", grades, grades),
        **dict.fromkeys(("decisions", "flips", "pd", "movers")),
    }
    assert 0 < len(pairs) < len(scored)


ODD = ["=1+1", "'=1+1", "+1", "@x", "-x", "'-x", "", None, 'a "b", c', "two\nlines", "two\r\nlines"]
ODD += ["é", " x", "x ", "'x", "same", "\tx", "0", "00", "null"]


def two_books(seed):
    """Two portfolios of overlapping references in odd orders, some of them more than once."""
    dice = random.Random(seed)
    pool = [*ODD, *(f"L{number}" for number in range(400))]
    for rows in (350, 250):
        picked = dice.sample(pool, rows) + dice.choices(pool, k=30)
        dice.shuffle(picked)
        made = [applicant(dice, reference=reference) for reference in picked]
        for row in dice.sample(made, 10):
            row["fico_score"] = 1
        yield made


@pytest.mark.parametrize(("output", "output_there"), [*itertools.product(KINDS, KINDS)])
def test_two_campaigns_are_matched_by_reference_whatever_their_formats(
    storage, grades, output, output_there
):
    mine, theirs = two_books(f"{output}-{output_there}")
    other = storage.run(
        written(theirs, "ndjson", ["reference"]), format="ndjson", output=output_there
    )
    campaign = storage.run(
        written(mine, "parquet", ["reference"]), format="parquet", output=output, compare_with=other
    )
    here = judge.rows(storage.folder(campaign), output)
    there = judge.rows(storage.folder(other), output_there)
    csv = "csv" in (output, output_there)

    def key(row):
        reference = row.get("reference") or None
        return judge.as_in_csv(reference) if csv else reference

    pairs, counts = judge.matched(here, there, key)
    expected, means = judge.moved(pairs, grades)
    diff = storage.diff(campaign)
    assert without_means(diff) == {"with": other, "by": "reference", **expected, **counts}
    assert diff["pd"]["compared"] == len(pairs) > 100
    assert [diff["pd"]["mean_before"], diff["pd"]["mean_now"]] == pytest.approx(means, rel=1e-12)
    assert min(counts.values()) > 0
    assert diff["compared"] + diff["without_previous"] + diff["ambiguous"] == len(here)
    assert diff["compared"] + diff["missing_now"] + diff["ambiguous_there"] == len(there)
    assert not list(storage.folder(campaign).path.glob(".diff*"))


def test_a_formula_as_a_reference_finds_its_partner_in_another_format(storage):
    rows = [applicant(random.Random(1), reference="=SUM(A1)")]
    other = storage.run(written(rows, "csv", ["reference"]), output="parquet")
    campaign = storage.run(written(rows, "csv", ["reference"]), output="csv", compare_with=other)
    assert storage.diff(campaign)["compared"] == 1
    assert storage.diff(campaign)["movers"][0]["reference"] == "'=SUM(A1)"


@pytest.mark.parametrize("side", ["here", "there"])
def test_without_a_reference_on_both_sides_rows_are_matched_by_line(storage, grades, side):
    mine, theirs = book(120, seed=1), book(90, seed=2)
    for row in mine if side == "here" else theirs:
        del row["reference"]
    columns = ([], ["reference"]) if side == "here" else (["reference"], [])
    other = storage.run(written(theirs, "csv", columns[1]), output="ndjson")
    campaign = storage.run(written(mine, "csv", columns[0]), compare_with=other)
    here = judge.rows(storage.folder(campaign), "csv")
    there = judge.rows(storage.folder(other), "ndjson")
    pairs, counts = judge.matched(here, there, lambda row: row["line"])
    expected, _ = judge.moved(pairs, grades)
    assert without_means(storage.diff(campaign)) == {
        "with": other,
        "by": "line",
        **expected,
        **counts,
    }


def test_a_reference_in_every_row_or_in_none_matches_nothing(storage):
    same = written(book(200, named=lambda _: "same"), "csv", ["reference"])
    none = written(book(200, named=lambda _: ""), "csv", ["reference"])
    diff = storage.diff(storage.run(same, compare_with=storage.run(same)))
    assert (diff["compared"], diff["ambiguous"], diff["ambiguous_there"]) == (0, 190, 190)
    diff = storage.diff(storage.run(none, compare_with=storage.run(none)))
    assert (diff["compared"], diff["without_previous"], diff["missing_now"]) == (0, 190, 190)


def test_a_grade_the_policy_no_longer_has_follows_those_it_has(storage, grades):
    rows = written(book(40), "csv", ["reference"])
    other = storage.run(rows, output="parquet")
    for part in storage.folder(other).parts.glob("*-results"):
        frame = finished.pl.read_parquet(part)
        frame.with_columns(grade=finished.pl.lit("Z")).write_parquet(part)
    diff = storage.diff(storage.run(rows, compare_with=other))
    assert list(diff["grades"]) == [*grades, "Z"]
    assert sum(diff["grades"]["Z"].values()) == diff["compared"] == 38


def test_a_header_that_is_a_formula_and_a_passed_column_change_nothing(storage):
    rows = [{**row, "=note\n1": "=x"} for row in book(60)]
    content = written(rows, "csv", ["reference", "=note\n1"])
    options = {"pass_through": ["=note\n1"], "delimiter": ","}
    other = storage.run(content, **options)
    diff = storage.diff(storage.run(content, compare_with=other, **options))
    assert (diff["compared"], diff["flips"], diff["pd"]["mean_change"]) == (57, 0, 0.0)


def test_rows_that_were_left_unprocessed_are_missing_now(storage):
    rows = written(book(100), "csv", ["reference"])
    other = storage.run(rows)
    diff = storage.diff(storage.run(rows, skip={0}, compare_with=other))
    assert diff["missing_now"] > 10
    assert diff["compared"] + diff["missing_now"] == 95


def test_a_campaign_that_goes_while_it_is_compared_with_leaves_an_error(storage, monkeypatch):
    rows = written(book(10), "csv", ["reference"])
    other = storage.run(rows)
    spread = matching.spread

    def gone(*arguments):
        shutil.rmtree(storage.folder(other).path, ignore_errors=True)
        spread(*arguments)

    monkeypatch.setattr(matching, "spread", gone)
    campaign = storage.run(rows, compare_with=other)
    assert storage.diff(campaign) == {"with": other, "error": "its results cannot be read"}
