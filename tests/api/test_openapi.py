"""The contract is written down, and what is written down is what the code does."""

import json
import re
import tomllib

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.openapi import document
from api.problems import PROBLEMS
from protocol.key import SCOPES
from tests.conftest import ROOT

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
CONTRACT = document()
OPERATIONS = {
    (method.upper(), path): operation
    for path, methods in CONTRACT["paths"].items()
    for method, operation in methods.items()
    if method in METHODS
}


@pytest.fixture(scope="module")
def views(redis_url, make_app):
    """The view of every method and path but of pages; HEAD comes with every GET."""
    app = make_app(redis_url)
    return {
        (method, re.sub(r"<(\w+)>", r"{\1}", rule.rule)): app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.startswith("pages.")
        for method in (rule.methods or set()) - {"HEAD"}
    }


def test_the_committed_document_is_the_present_one():
    committed = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert committed == json.dumps(CONTRACT, indent=2) + "\n", (
        "write it anew: python -m api.openapi > docs/openapi.json"
    )


def test_the_document_is_openapi_3_1():
    assert [error.message for error in OpenAPIV31SpecValidator(CONTRACT).iter_errors()] == []


def test_every_route_is_in_it_and_nothing_else(views):
    assert set(views) == set(OPERATIONS)


def test_each_operation_names_the_scope_its_view_asks_for(views):
    for place, operation in OPERATIONS.items():
        scope = getattr(views[place], "scope", None)
        assert operation["security"] == ([{"key": [scope]}] if scope else []), place
        assert scope is None or scope in SCOPES


def codes_of(operation):
    """Status and codes of an operation's problems."""
    for status, response in operation["responses"].items():
        problem = response.get("content", {}).get("application/problem+json")
        if problem:
            yield int(status), problem["schema"]["allOf"][1]["properties"]["code"]["enum"]


def test_every_problem_code_is_in_it_under_its_status_and_no_other_code_is():
    named = {
        (code, status)
        for operation in OPERATIONS.values()
        for status, codes in codes_of(operation)
        for code in codes
    }
    assert named == {(code, status) for code, (status, _) in PROBLEMS.items()}


def test_every_error_is_a_problem_and_every_answer_names_its_request():
    for place, operation in OPERATIONS.items():
        problems = dict(codes_of(operation))
        for status, response in operation["responses"].items():
            assert "X-Request-Id" in response["headers"], place
            assert (int(status) >= 400) == (int(status) in problems), place


def test_operations_have_names_of_their_own():
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(ids) == len(set(ids))


def test_its_version_is_the_projects():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert CONTRACT["info"]["version"] == project["version"]


def test_the_service_serves_it_without_a_key(service):
    answer = httpx.get(f"{service.url}/openapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == CONTRACT
