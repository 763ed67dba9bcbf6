"""Every way a request can be wrong is answered with a problem document, never a crash."""

import json

import httpx
import pytest

from api.problems import PROBLEMS
from protocol import names
from protocol.application import EXAMPLE

GOOD = EXAMPLE._asdict()
JSON = {"Content-Type": "application/json"}


def post(http, content, headers=JSON):
    return http.post("/v1/scores", content=content, headers=headers)


def with_field(name, text):
    """The bytes of a submission with one field's value written as given."""
    body = json.dumps({"application": {**GOOD, name: "HERE"}})
    return body.replace('"HERE"', text)


def check_problem(response, status):
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status == PROBLEMS[problem["code"]][0]
    assert problem["request_id"] == response.headers["X-Request-Id"]
    assert {"type", "title", "detail", "instance"} <= problem.keys()
    return problem


MALFORMED = {
    "empty": b"",
    "cut short": b'{"application": {"income": 5',
    "not json": b"income=5",
    "nan": with_field("income", "NaN"),
    "infinity": with_field("income", "Infinity"),
    "minus infinity": with_field("income", "-Infinity"),
    "1e400": with_field("income", "1e400"),
    "-1e400": with_field("income", "-1e400"),
    "5,000 digits": with_field("credit_lines_outstanding", "9" * 5_000),
    "hexadecimal": with_field("income", "0x10"),
    "nested 1,000 deep": b'{"application":' * 1_000 + b"1" + b"}" * 1_000,
    "nested 10,000 deep": b"[" * 10_000 + b"]" * 10_000,
    "a key twice": with_field("income", '5, "income": 6'),
    "an array": json.dumps([GOOD]),
    "a number": b"5",
    "null": b"null",
    "utf-16": json.dumps({"application": GOOD}).encode("utf-16"),
    "latin-1": '{"r\xe9f\xe9rence": 1}'.encode("latin-1"),
    "byte order mark": b"\xef\xbb\xbf" + json.dumps({"application": GOOD}).encode(),
    "nul": b"\x00",
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_body_is_a_400(http, content):
    assert check_problem(post(http, content), 400)["code"] == "malformed-body"


FAULTY = {
    "text for a number": ("income", '"61500"', "/application/income"),
    "true for a number": ("income", "true", "/application/income"),
    "true for a count": ("years_employed", "true", "/application/years_employed"),
    "null": ("income", "null", "/application/income"),
    "an object": ("income", '{"__type__": "nope", "__value__": 1}', "/application/income"),
    "an array": ("income", "[61500]", "/application/income"),
    "negative": ("loan_amt_outstanding", "-1", "/application/loan_amt_outstanding"),
    "above the range": ("fico_score", "851", "/application/fico_score"),
    "below the range": ("fico_score", "299", "/application/fico_score"),
    "a fraction of a year": ("years_employed", "4.5", "/application/years_employed"),
    "30 digits": ("credit_lines_outstanding", "9" * 30, "/application/credit_lines_outstanding"),
    "400 digits": ("income", "9" * 400, "/application/income"),
    "1e308": ("total_debt_outstanding", "1e308", "/application/total_debt_outstanding"),
}


@pytest.mark.parametrize(("field", "text", "pointer"), FAULTY.values(), ids=FAULTY.keys())
def test_a_faulty_field_is_a_422_that_points_at_it(http, field, text, pointer):
    errors = check_problem(post(http, with_field(field, text)), 422)["errors"]
    assert [error["pointer"] for error in errors] == [pointer]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("income", "-0"),
        ("income", "-0.0"),
        ("income", "0"),
        ("income", "1e-400"),
        ("years_employed", "-0"),
        ("years_employed", "4.0"),
        ("fico_score", "850"),
    ],
)
def test_an_odd_but_right_number_is_scored(http, field, text):
    response = post(http, with_field(field, text))
    assert response.status_code == 202
    assert http.wait(response.json()["id"])["status"] == "succeeded"


def test_all_faults_come_at_once(http):
    body = {"application": {**GOOD, "income": "x", "fico_score": 1, "age": 40}, "extra": 1}
    del body["application"]["years_employed"]
    errors = check_problem(post(http, json.dumps(body)), 422)["errors"]
    assert {error["pointer"] for error in errors} == {
        "/application/income",
        "/application/fico_score",
        "/application/age",
        "/application/years_employed",
        "/extra",
    }


@pytest.mark.parametrize("reference", ["", "a b", "=cmd()", "x" * 65, "\ud800", "é", 5])
def test_a_reference_that_is_no_reference_is_a_422(http, reference):
    body = json.dumps({"application": GOOD, "reference": reference})
    errors = check_problem(post(http, body), 422)["errors"]
    assert [error["pointer"] for error in errors] == ["/reference"]


@pytest.mark.parametrize(
    "metadata",
    [{"k": 1}, {"k": {"deep": 1}}, {"a key": "v"}, {"k": "v" * 201}, {"k": "\ud800"}, [], "text"],
)
def test_metadata_that_is_not_small_and_flat_is_a_422(http, metadata):
    check_problem(post(http, json.dumps({"application": GOOD, "metadata": metadata})), 422)


def test_a_hundred_thousand_keys_are_too_large(http):
    body = json.dumps({f"k{n}": n for n in range(100_000)})
    assert check_problem(post(http, body), 413)["code"] == "body-too-large"


def test_ten_megabytes_are_too_large(http):
    assert check_problem(post(http, b" " * 10_000_000), 413)["code"] == "body-too-large"


def test_ten_megabytes_in_chunks_are_too_large(http):
    check_problem(post(http, iter([b" " * 100_000] * 100)), 413)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_media_type_is_a_415(http, kind):
    response = post(http, json.dumps({"application": GOOD}), {"Content-Type": kind})
    check_problem(response, 415)


@pytest.mark.parametrize(
    "given", [b"", b"Bearer", b"Bearer wrong", b"Basic dXNlcjpwYXNz", b"Bearer " + b"\xe9" * 40]
)
@pytest.mark.parametrize("call", [("POST", "/v1/scores"), ("GET", "/v1/scores/sc_1")])
def test_without_the_key_nothing_is_answered(service, given, call):
    headers = [(b"Authorization", given)] if given else []
    response = httpx.request(call[0], service.url + call[1], headers=headers)
    assert check_problem(response, 401)["code"] == "unauthorized"
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("score_id", ["sc_1", "x", "sc_" + "g" * 44, "%00", "sc_" + "0" * 4_000])
def test_an_id_that_cannot_be_is_a_404(http, score_id):
    check_problem(http.get(f"/v1/scores/{score_id}"), 404)


def test_an_id_that_never_was_is_a_404(http):
    check_problem(http.get(f"/v1/scores/{names.new_score_id()}"), 404)


def test_an_unknown_path_and_method_are_problems_too(http):
    check_problem(http.get("/v2"), 404)
    assert "POST" in http.put("/v1/scores").headers["Allow"]
    check_problem(http.put("/v1/scores"), 405)


def test_no_error_quotes_what_the_caller_sent(http):
    body = json.dumps(
        {"application": {**GOOD, "income": "canary-4711"}, "reference": "canary 4711"}
    )
    assert "canary" not in post(http, body).text


def test_a_forged_request_id_is_not_taken_over(http):
    headers = {**JSON, "X-Request-Id": "a b;c"}
    assert post(http, "", headers).headers["X-Request-Id"] != "a b;c"
    headers["X-Request-Id"] = "LOS-4711"
    assert post(http, "", headers).headers["X-Request-Id"] == "LOS-4711"
