"""A range of CSV: every row is scored as it would be alone, or refused with its true line."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from portfolio.options import SCORE_COLUMNS
from protocol.application import EXAMPLE, FIELDS, Application
from tests.bulk.conftest import GOOD, HEADER, NAMES, random_applications
from worker import scorecard
from worker.bulk.reasons import ranked, reasons
from worker.bulk.verdicts import _bands, _decisions, _warnings


def lines(*rows):
    return "".join(f"{row}\n" for row in (HEADER, *rows))


def alone(scorer, values):
    """What a single score of the service says of one applicant."""
    application = Application(*values)
    rows = np.array([application], dtype=np.float64)
    logit, _, added = scorer.explained(rows)
    pd = scorer.probability(logit)
    return scorecard.result(application, *logit.tolist(), *pd.tolist(), added[0].tolist(), scorer)


def flat(result, model):
    return {
        "pd": result["pd"],
        "points": result["points"],
        "grade": result["grade"],
        "decision": result["decision"],
        "reasons": ";".join(reason["code"] for reason in result["reasons"]),
        "expected_loss": result["expected_loss"],
        **{f"model_{part}": said for part, said in model.items()},
        "policy_version": result["policy"]["version"],
        "approve_below": result["policy"]["approve_below"],
        "decline_above": result["policy"]["decline_above"],
        "warnings": ";".join(warning["field"] for warning in result["warnings"]),
    }


def csv_of(applications):
    return lines(*(f"L{n},{','.join(map(repr, row))}" for n, row in enumerate(applications)))


def undecided(scorer, count=1_000):
    """Applicants whose debt is such that their pd lies anywhere, most near the cut-offs."""
    random = np.random.default_rng(2)
    rows = random_applications(count)
    rows[:, 0], rows[:, 3], rows[:, 5] = 2, random.uniform(2e4, 9e4, count), 650
    rows[:, 1], rows[:, 2], rows[:, 4] = 1_000, 0, 5
    per_debt = scorer.manifest.fold.coefficients[2] / rows[:, 3]
    rows[:, 2] = np.maximum((random.uniform(-9, 4, count) - scorer.logit(rows)) / per_debt, 0)
    return rows.tolist()


def boundaries(manifest):
    """Applicants at the ends of what training saw, and one that is the reference itself."""
    for field in range(6):
        for end in ("trained_low", "trained_high"):
            row = list(map(float, EXAMPLE))
            row[field] = getattr(manifest.fields[field], end)
            yield row
            row = [*row]
            row[field] = float(np.nextafter(row[field], -1 if end == "trained_low" else 1e13))
            if FIELDS[field].kind == "number":
                yield row
    yield [0.0, 0.0, 0.0, 0.0, 0.0, 300.0]


def test_every_row_of_two_thousand_has_the_values_of_its_single_score(run, scorer):
    usual = random_applications(2_000).tolist()
    applications = [*usual, *undecided(scorer), *boundaries(scorer.manifest)]
    found = run(csv_of(applications))
    model = scorecard.made_by(scorer)
    expected = [flat(alone(scorer, values), model) for values in applications]
    assert found.results.select(SCORE_COLUMNS).to_dicts() == expected
    decisions = found.results["decision"].n_unique()
    assert (decisions, found.results["grade"].n_unique()) == (3, len(scorer.policy.grades))
    assert found.counts == (len(applications), len(applications), 0)


def test_a_pd_on_a_boundary_falls_where_the_scorecard_puts_it(scorer):
    policy, cut_offs = scorer.policy, scorer.policy.cut_offs
    ends = [cut_offs.approve_below, cut_offs.decline_above]
    ends += [band.pd_below for band in policy.grades[:-1]]
    pds = np.array([np.nextafter(end, end + step) for end in ends for step in (-1, 0, 1)])
    grades = [policy.grades[place].grade for place in _bands(pds, policy)]
    assert grades == [scorecard.grade(pd, policy.grades) for pd in pds]
    decisions = [("approve", "review", "decline")[place] for place in _decisions(pds, cut_offs)]
    assert decisions == [scorecard.decision(pd, cut_offs) for pd in pds]


def test_equal_losses_keep_the_order_of_the_fields(scorer):
    """Few different losses: most rows have equal ones, and some cost nothing."""
    added = np.random.default_rng(4).integers(-2, 4, (5_000, 6)).astype(float)
    values = random_applications(5_000)
    assert reasons(values, added, scorer).to_list() == [
        ";".join(
            reason["code"] for reason in scorecard.reasons(Application(*row), some.tolist(), scorer)
        )
        for row, some in zip(values.tolist(), added, strict=True)
    ]


def test_rows_that_are_sorted_have_the_reasons_of_rows_that_are_looked_up(monkeypatch):
    """More than six fields are sorted; of six both ways can be taken."""
    draw = np.random.default_rng(5)
    added = draw.integers(-2, 4, (5_000, 6)).astype(float)
    codes = [("A", "A"), ("B", "C"), ("D", "D"), ("E", "E"), ("F", "G"), ("H", "H")]
    above = [draw.random(5_000) < 0.5 for _ in range(2)]
    looked_up = ranked(added, codes, above).to_list()
    monkeypatch.setattr("worker.bulk.reasons.MOST_PREPARED", 5)
    assert ranked(added, codes, above).to_list() == looked_up


@pytest.mark.parametrize("fields", [1, 6, 8, 9, 20, 64])
def test_each_field_outside_its_range_is_named(fields):
    draw = np.random.default_rng(6)
    values = draw.random((500, fields))
    trained = [
        SimpleNamespace(name=f"f{n}", trained_low=0.1, trained_high=0.95) for n in range(fields)
    ]
    assert _warnings(values, SimpleNamespace(fields=trained)).to_list() == [
        ";".join(f"f{n}" for n, value in enumerate(row) if not 0.1 <= value <= 0.95)
        for row in values.tolist()
    ]


def test_of_six_codes_there_are_517_texts():
    texts = ranked(np.empty((0, 6)), [(code, code) for code in "ABCDEF"], []).dtype.categories
    assert len(texts) == 1 + 6 + 6 * 5 + 6 * 5 * 4 + 6 * 5 * 4 * 3 == 517


def test_an_applicant_is_explained_in_the_same_bits_alone_and_among_others(scorer):
    rows = random_applications(500)
    logits, _, added = scorer.explained(rows)
    assert logits.tobytes() == scorer.logit(np.asfortranarray(rows)).tobytes()
    alone = [scorer.explained(row[np.newaxis]) for row in rows]
    assert logits.tolist() == [one.logits[0] for one in alone]
    assert added.tolist() == [one.fields[0].tolist() for one in alone]


def test_a_portfolio_worked_by_hand(run, scorer):
    found = run(
        "reference,note,credit_lines_outstanding,loan_amt_outstanding,total_debt_outstanding,"
        "income,years_employed,fico_score\r\n"
        'A-1,"two\r\nlines, ""quoted""",3,4200,13600,61500,4,648\r\n'
        "\r\n"
        "A-2,plain,3.0, 4.2e3 ,13600.00,61500,4,648\r\n"
        "A-3,bad,3.5,4200,,61500,4,NaN\r\n"
        "A-4,short,3,4200\r\n"
        "A-5,long,3,4200,13600,61500,4,648,9\r\n"
        "A-6,low,3,4200,13600,-1,4,299",
        pass_through=["note"],
        raw_values=True,
    )
    single = flat(alone(scorer, EXAMPLE), scorecard.made_by(scorer))
    assert found.results.to_dicts() == [
        {"line": 2, "reference": "A-1", "note": 'two\r\nlines, "quoted"', **single},
        {"line": 5, "reference": "A-2", "note": "plain", **single},
    ]
    rows = found.rejected.drop("message").rows()
    assert rows == [
        (6, "A-3", "credit_lines_outstanding", "not-an-integer", "3.5"),
        (6, "A-3", "total_debt_outstanding", "missing", None),
        (6, "A-3", "fico_score", "not-a-number", "NaN"),
        (7, None, None, "wrong-column-count", None),
        (8, None, None, "wrong-column-count", None),
        (9, "A-6", "income", "out-of-range", "-1"),
        (9, "A-6", "fico_score", "out-of-range", "299"),
    ]
    assert found.rejected["message"][3] == "the row has 4 cells, the header 8"
    assert found.rejected["message"][6].startswith("fico_score takes a whole number from 300")
    assert found.counts == (6, 2, 4)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "missing"),
        ("  ", "missing"),
        ('""', "missing"),
        ("inf", "not-a-number"),
        ("-Infinity", "not-a-number"),
        ("nan", "not-a-number"),
        ("1e999", "not-a-number"),
        ('"1,000"', "not-a-number"),
        ("1 000", "not-a-number"),
        ("1'000", "not-a-number"),
        ("1_000", "not-a-number"),
        ("0x10", "not-a-number"),
        ("true", "not-a-number"),
        ("12€", "not-a-number"),
        ("-0.01", "out-of-range"),
        ("1000000000001", "out-of-range"),
    ],
)
def test_a_cell_that_is_no_amount_is_refused(run, cell, code):
    found = run(lines(f"a,3,4200,13600,{cell},4,648", GOOD.format("b")))
    assert found.faults == [(2, "income", code)]
    assert found.results["reference"].to_list() == ["b"]


@pytest.mark.parametrize(
    "cell", ["61500", "61500.0", "6.15e4", " 61500", "61500\t", '"61500"', "+61500"]
)
def test_an_amount_may_be_written_in_many_ways(run, scorer, cell):
    found = run(lines(f"a,3,4200,13600,{cell},4,648"))
    assert found.results["pd"].to_list() == [alone(scorer, EXAMPLE)["pd"]]


def test_with_a_decimal_comma_a_point_is_refused(run, scorer):
    header = HEADER.replace(",", ";")
    found = run(
        f"{header}\na;3;4200,5;13600;61500,00;4;648\nb;3;1.000,5;13600;61500;4;648\n"
        "c;3;4200.5;13600;61500;4;648\nd;3;4200,5,1;13600;61500;4;648\n",
        decimal=",",
    )
    assert found.faults == [(n, "loan_amt_outstanding", "not-a-number") for n in (3, 4, 5)]
    expected = alone(scorer, EXAMPLE._replace(loan_amt_outstanding=4200.5))
    assert found.results["pd"].to_list() == [expected["pd"]]


def test_a_refused_value_is_shown_only_when_asked(run):
    found = run(lines("a,3,4200,13600,secret,4,648"))
    assert found.rejected.columns == ["line", "reference", "column", "code", "message"]
    assert "secret" not in json.dumps(found.rejected.to_dicts())


def test_without_a_key_column_there_is_no_reference(run):
    found = run(f"{','.join(NAMES)}\n3,4200,13600,61500,4,648\n3,4200,13600,61500,4,1\n")
    assert "reference" not in found.results.columns
    assert "reference" not in found.rejected.columns
    assert found.counts == (2, 1, 1)


def test_faults_name_the_column_as_the_file_does(run):
    content = lines("a,3,4200,13600,61500,4,9").replace("fico_score", "FICO")
    assert run(content, columns={"fico_score": "FICO"}).faults == [(2, "FICO", "out-of-range")]


def test_a_file_without_rows_or_with_blank_lines_alone_scores_nothing(run):
    assert run(HEADER).chunks == []
    assert run(f"{HEADER}\n").chunks == []
    assert run(f"{HEADER}\n\n\r\n\n").counts == (0, 0, 0)
