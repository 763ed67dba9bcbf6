"""The policy file: refused when it says something that cannot be, by the place where it does."""

import json
from pathlib import Path

import pytest

from protocol.application import FIELDS
from protocol.errors import PolicyError
from protocol.policy import read_policy
from tests.conftest import ROOT
from tests.policy import POLICY

FILE = ROOT / "policy.json"


def changed(folder: Path, change) -> Path:
    document = json.loads(FILE.read_text())
    change(document)
    path = folder / "policy.json"
    path.write_text(json.dumps(document))
    return path


def without_the_version(document):
    del document["version"]


def another_format(document):
    document["format"] = 3


def a_key_nobody_knows(document):
    document["cut_offs"]["review_below"] = 0.1


def crossed_cut_offs(document):
    document["cut_offs"] = {"approve_below": 0.3, "decline_above": 0.2}


def falling_grades(document):
    document["grades"].reverse()


def grades_that_leave_out_a_pd_of_one(document):
    document["grades"][-1]["pd_below"] = 1


def a_grade_twice(document):
    document["grades"][1]["grade"] = "A"


def a_grade_that_a_spreadsheet_runs(document):
    document["grades"][0]["grade"] = "=A"


def a_code_twice(document):
    document["reasons"][1]["code"] = "CREDIT_LINES"


def a_code_with_a_separator(document):
    document["reasons"][0]["code"] = "A;B"


def a_field_without_a_reason(document):
    del document["reasons"][0]


def a_field_with_a_reason_for_one_side(document):
    document["reasons"][0]["when"] = "above"


def a_reason_of_no_field(document):
    document["reasons"].append(document["reasons"][0] | {"code": "X", "field": "age"})


def a_reason_without_french(document):
    document["reasons"][0]["fr"] = ""


def a_change_of_no_field(document):
    document["changeable"][0]["field"] = "age"


def half_a_credit_line(document):
    document["changeable"][0]["step"] = 0.5


def a_change_out_of_the_field_s_range(document):
    document["changeable"][-1]["high"] = 900


def a_step_of_nothing(document):
    document["changeable"][0]["step"] = 0


def an_infinite_scale(document):
    document["scale"]["pdo"] = float("inf")


def points_without_room(document):
    document["scale"]["lowest"] = 1_000


def more_loss_than_exposure(document):
    document["lgd"] = 1.1


def overrides_in_format_1(document):
    document["format"] = 1


def format_2_without_overrides(document):
    del document["overrides"]


def an_override_for_the_score_s_reason(document):
    document["overrides"]["reasons"][0]["code"] = "FICO"


def an_override_s_reason_twice(document):
    document["overrides"]["reasons"][1]["code"] = "COMPENSATING_ASSETS"


def an_override_to_a_review(document):
    document["overrides"]["reasons"][0]["decision"] = "review"


def an_override_s_reason_without_english(document):
    del document["overrides"]["reasons"][0]["en"]


def an_override_s_code_that_a_spreadsheet_runs(document):
    document["overrides"]["reasons"][0]["code"] = "=A"


def a_limit_below_nothing(document):
    document["overrides"]["second_person_above"] = -1


def a_limit_without_end(document):
    document["overrides"]["second_person_above"] = float("inf")


def overrides_without_a_limit(document):
    del document["overrides"]["second_person_above"]


FAULTS = {
    without_the_version: "version: Field required",
    another_format: "format",
    a_key_nobody_knows: "cut_offs.review_below",
    crossed_cut_offs: "cut_offs: .*approve_below must not be above",
    falling_grades: "grades: pd_below must rise",
    grades_that_leave_out_a_pd_of_one: "the last be above 1",
    a_grade_twice: "grades: A stands twice",
    a_grade_that_a_spreadsheet_runs: "grades.0.grade",
    a_code_twice: "reasons: CREDIT_LINES stands twice",
    a_code_with_a_separator: "reasons.0.code",
    a_field_without_a_reason: "credit_lines_outstanding needs one reason",
    a_field_with_a_reason_for_one_side: "credit_lines_outstanding needs one reason",
    a_reason_of_no_field: "age is no field",
    a_reason_without_french: "reasons.0.fr",
    a_change_of_no_field: "changeable.0.*age is no field",
    half_a_credit_line: "changeable.0.*whole",
    a_change_out_of_the_field_s_range: "changeable.4.*within 300 and 850",
    a_step_of_nothing: "changeable.0.step",
    an_infinite_scale: "scale.pdo",
    points_without_room: "lowest must be below highest",
    more_loss_than_exposure: "lgd",
    overrides_in_format_1: "overrides: format 2 has this section, format 1 has not",
    format_2_without_overrides: "overrides: format 2 has this section",
    an_override_for_the_score_s_reason: "overrides: FICO is a reason of the score already",
    an_override_s_reason_twice: "overrides: .*COMPENSATING_ASSETS stands twice",
    an_override_to_a_review: "overrides.reasons.0.decision",
    an_override_s_reason_without_english: "overrides.reasons.0.en",
    an_override_s_code_that_a_spreadsheet_runs: "overrides.reasons.0.code",
    a_limit_below_nothing: "overrides.second_person_above",
    a_limit_without_end: "overrides.second_person_above",
    overrides_without_a_limit: "overrides.second_person_above: Field required",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_faulty_policy_is_refused_by_its_place(tmp_path, fault):
    with pytest.raises(PolicyError, match=FAULTS[fault]) as refused:
        read_policy(changed(tmp_path, fault))
    assert str(refused.value).startswith(f"{tmp_path}/policy.json: ")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_what_is_no_json_object_is_refused(tmp_path, content):
    (tmp_path / "policy.json").write_bytes(content)
    with pytest.raises(PolicyError, match="file: "):
        read_policy(tmp_path / "policy.json")


def test_a_missing_file_is_named_with_its_setting(tmp_path):
    with pytest.raises(PolicyError, match=r"No such file.*LOANSCORE_POLICY_FILE"):
        read_policy(tmp_path / "none.json")


def test_blanks_and_the_order_of_keys_change_no_digest(tmp_path):
    document = json.loads(FILE.read_text())
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(dict(reversed(document.items())), indent=7))
    assert read_policy(path).digest == POLICY.digest


def test_anything_it_says_changes_its_digest(tmp_path):
    def one_letter(document):
        document["reasons"][0]["fr"] += "."

    assert read_policy(changed(tmp_path, one_letter)).digest != POLICY.digest


def test_every_field_has_a_reason_for_either_side_of_the_mean():
    for field in FIELDS:
        for above in (False, True):
            said = POLICY.reason(field.name, above=above)
            assert said.field == field.name
            assert said.when in {"any", "above" if above else "below"}


def test_no_reason_blames_a_low_income_that_is_high():
    assert "insufficient" in POLICY.reason("income", above=False).en
    assert "insufficient" not in POLICY.reason("income", above=True).en


def test_a_policy_of_format_1_is_read_with_the_digest_it_was_recorded_with(tmp_path):
    def of_format_1(document):
        document |= {"format": 1, "version": "2026-2"}
        del document["overrides"]

    path = changed(tmp_path, of_format_1)
    policy = read_policy(path)
    assert policy.overrides is None
    recorded = "sha256:3598e0afdf4945e3cad0c17697a0a87d42050c9380d130719db95eca7c0d65c7"
    assert policy.digest == recorded
    path.write_text(policy.model_dump_json(exclude_none=True))  # as a campaign pins it
    assert read_policy(path).digest == recorded


def test_each_reason_to_override_says_for_which_decision():
    said = {reason.code: reason.decision for reason in POLICY.overrides.reasons}
    assert said["FRAUD_SUSPICION"] == "decline"
    assert said["GUARANTOR"] == "approve"
    assert said["POLICY_EXCEPTION"] == "any"
    assert said.keys().isdisjoint(reason.code for reason in POLICY.reasons)
