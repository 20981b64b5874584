"""Every route lets in exactly those whom it declares."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.problems import PROGRAMS
from app.core.roles import Role
from app.identity.principals import COOKIE
from tests.api.browsing import csrf_token
from tests.api.conftest import AsRole
from tests.api.problem import assert_problem
from tests.api.routes import Route, api_routes, routes
from tests.callers import Caller

# Written by hand: which roles pass a declaration.
PASSES = {
    "public": {None, *Role},
    "signed in": set(Role),
    "admin": {Role.ADMIN},
    "operator": {Role.ADMIN, Role.OPERATOR},
    "viewer": {Role.ADMIN, Role.OPERATOR, Role.VIEWER},
    "customer": {Role.CUSTOMER},
    "customer or viewer": set(Role),
    "customer or operator": {Role.CUSTOMER, Role.ADMIN, Role.OPERATOR},
}
CONSOLE = [route for route in routes() if route.rule.rule.startswith("/console")]
ASKED_BY_SCRIPTS = [route for route in CONSOLE if route.rule.rule.startswith(PROGRAMS)]
ELSEWHERE = [route for route in routes() if route not in CONSOLE and route not in api_routes()]


@pytest.mark.parametrize("role", [None, *Role], ids=str)
@pytest.mark.parametrize("route", api_routes(), ids=str)
def test_the_api_lets_in_exactly_the_declared_roles(route: Route, role: Role | None, as_role: AsRole) -> None:
    answer = _called(as_role(role or Role.ADMIN), route, anonymous=role is None)
    if role in PASSES[str(route.access)]:
        assert _code(answer) not in {"not_authenticated", "not_permitted"}, answer.text
        assert answer.status_code != 500, answer.text
    elif role is None:
        assert_problem(answer, 401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    else:
        assert_problem(answer, 403, "not_permitted")


def assert_page_says_who_may(answer: TestResponse, route: Route) -> None:
    """Who may, what each role may, and a way back."""
    for words in (f"needs the role {route.access}", "/docs/access", 'href="/console/"'):
        assert words in answer.text


@pytest.mark.parametrize("role", [None, *Role], ids=str)
@pytest.mark.parametrize("route", CONSOLE, ids=str)
def test_the_console_lets_in_exactly_the_declared_roles(route: Route, role: Role | None, as_role: AsRole) -> None:
    answer = _browsed(as_role(role or Role.ADMIN), route, anonymous=role is None)
    if role in PASSES[str(route.access)]:
        assert answer.status_code not in {401, 403}, answer.text
        assert answer.status_code != 500, answer.text
        assert route.access.kind == "public" or not _sent_to_login(answer)
    elif role is None and route in ASKED_BY_SCRIPTS:
        assert_problem(answer, 401, "not_authenticated")
    elif role is None:
        assert answer.status_code == 303
        assert _sent_to_login(answer) == [route.path() if route.method == "GET" else "/console/"]
    else:
        assert answer.status_code == 403
        assert "not_permitted" in answer.text
        if route not in ASKED_BY_SCRIPTS:
            assert_page_says_who_may(answer, route)


@pytest.mark.parametrize("route", ELSEWHERE, ids=str)
def test_what_is_neither_api_nor_console_is_open_to_all(route: Route, client: FlaskClient) -> None:
    assert str(route.access) == "public"
    assert client.open(route.path(), method=route.method).status_code not in {401, 403}


@pytest.mark.parametrize("route", [r for r in api_routes() if r.access.kind != "public"], ids=str)
def test_the_consoles_cookie_opens_nothing_on_the_api(route: Route, as_role: AsRole) -> None:
    caller = as_role(route.role)
    cookie = caller.client.get_cookie(COOKIE, path="/console")
    assert cookie
    caller.client.set_cookie(COOKIE, cookie.value, path="/")
    assert_problem(caller.client.open(route.path(), method=route.method, json={}), 401, "not_authenticated")


@pytest.mark.parametrize("route", [r for r in CONSOLE if r.method == "GET" and r.access.kind != "public"], ids=str)
def test_a_bearer_token_opens_nothing_in_the_console(route: Route, as_role: AsRole) -> None:
    caller = as_role(route.role)
    caller.client.delete_cookie(COOKIE, path="/console")
    answer = caller.get(route.path())
    if route in ASKED_BY_SCRIPTS:
        assert_problem(answer, 401, "not_authenticated")
    else:
        assert _sent_to_login(answer) == [route.path()]


@pytest.mark.parametrize("route", [r for r in CONSOLE if r.method != "GET"], ids=str)
def test_the_console_changes_nothing_without_a_csrf_token(route: Route, as_role: AsRole) -> None:
    answer = as_role(route.role).client.open(route.path(), method=route.method, data={})
    assert answer.status_code == 400
    assert "CSRF" in answer.text


def test_a_token_of_the_wrong_kind_is_refused(as_role: AsRole, client: FlaskClient) -> None:
    token = as_role(Role.ADMIN).token
    for header in ("", "Bearer", "Bearer ", "Bearer x.y.z", f"Basic {token}", token, f"Bearer {token[:-4]}AAAA"):
        answer = client.post("/api/v1/auth/logout", headers={"Authorization": header})
        assert_problem(answer, 401, "not_authenticated")


def _called(caller: Caller, route: Route, *, anonymous: bool) -> TestResponse:
    body = {"json": route.example} if route.body else {}
    if anonymous:
        caller.client.delete_cookie(COOKIE, path="/console")
        return caller.client.open(route.path(), method=route.method, **body)
    answer: TestResponse = caller.call(route.method, route.path(), **body)
    return answer


def _browsed(caller: Caller, route: Route, *, anonymous: bool) -> TestResponse:
    cookie = caller.client.get_cookie(COOKIE, path="/console")
    assert cookie
    caller.client.delete_cookie(COOKIE, path="/console")
    token = csrf_token(caller.client)
    if not anonymous:
        caller.client.set_cookie(COOKIE, cookie.value, path="/console")
    form = None if route.method == "GET" else {"csrf_token": token}
    return caller.client.open(route.path(), method=route.method, data=form, buffered=True)


def _sent_to_login(answer: TestResponse) -> list[str]:
    """The `next` that a redirect to the login page names; nothing when it is none."""
    there = urlsplit(answer.headers.get("Location", ""))
    return parse_qs(there.query)["next"] if there.path == "/console/login" and there.query else []


def _code(answer: TestResponse) -> str:
    return str((answer.get_json(silent=True) or {}).get("code", ""))
