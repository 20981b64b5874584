"""Whatever is sent, the answer is a refusal that says what is wrong, never a fault of ours."""

import pytest
from flask.testing import FlaskClient

from tests.api.conftest import AsRole
from tests.api.malformed import Case, cases, is_list
from tests.api.problem import assert_problem
from tests.api.routes import METHODS, api_routes, routes

CASES = [case for route in api_routes() for case in cases(route)]
RULES = sorted({route.rule.rule for route in routes()})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_malformed_input_is_refused_with_the_right_status(case: Case, as_role: AsRole) -> None:
    caller = as_role(case.route.role)
    problem = assert_problem(caller.call(case.route.method, case.path, **case.options), case.status)
    assert caller.client.get(problem["type"]).status_code == 200
    if problem["code"] == "validation_failed":
        assert all(fault.keys() == {"pointer", "code", "detail"} for fault in problem["errors"])
        assert problem["errors"]


@pytest.mark.parametrize("rule", RULES)
def test_a_method_that_an_address_does_not_take_is_405_with_allow(rule: str, as_role: AsRole) -> None:
    here = [route for route in routes() if route.rule.rule == rule]
    taken = {method for route in here for method in route.rule.methods or ()}
    caller = as_role("admin")
    for method in set(METHODS) - taken:
        answer = caller.call(method, here[0].path())
        assert answer.status_code == 405, (method, answer.text)
        assert set(answer.headers["Allow"].split(", ")) == taken
        if rule.startswith("/api/"):
            assert_problem(answer, 405, "method_not_allowed")


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/", "/nothing", "/api/v1/stores/1/nothing", "/api/v1//stores"]
)
def test_an_address_where_nothing_is_gets_a_problem(path: str, client: FlaskClient) -> None:
    for method in METHODS:
        assert_problem(client.open(path, method=method, json={}), 404, "not_found")


def test_a_browser_gets_a_page_where_nothing_is(client: FlaskClient) -> None:
    answer = client.get("/nothing", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert answer.headers["X-Request-ID"] in answer.text


def test_the_api_answers_a_browser_with_a_problem_too(client: FlaskClient) -> None:
    assert_problem(client.get("/api/v1/stores/1", headers={"Accept": "text/html"}), 404, "store_not_found")


def test_the_walk_finds_bodies_lists_and_ids() -> None:
    found = api_routes()
    assert sum(bool(route.body) for route in found) >= 3
    assert any(is_list(route) for route in found)
    assert any(route.ids for route in found)
