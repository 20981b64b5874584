"""Every answer of every route, also every refusal, tells the browser what it must not do."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.roles import Role
from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.factory import create_app
from tests.api.browsing import csrf_token
from tests.api.conftest import AsRole
from tests.api.routes import Route, routes
from tests.callers import PASSWORD, make_user

RQ_DASHBOARD = "/console/ops/rq"
DOCUMENTS = {"/docs", "/redoc"}
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HIDDEN = ("Server", "X-Powered-By", "X-Frame-Options")


@pytest.fixture
def deployed(app: HoldfastApp, clean: None, chosen: Settings) -> HoldfastApp:
    """The application as it runs in production, on the test database."""
    make_user(app, Role.OPERATOR, "anna")
    return create_app(replace(chosen, env="production"))


def assert_guarded(answer: TestResponse, path: str) -> None:
    """All that a browser must be told stands in this answer."""
    found = {name: answer.headers.get(name) for name in EVERYWHERE}
    assert found == EVERYWHERE
    assert answer.headers["Referrer-Policy"] in {"same-origin", "strict-origin"}  # other sites are told no path
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert [name for name in HIDDEN if name in answer.headers] == []
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["frame-ancestors"] == "'none'"
    assert policy["default-src"] in {"'none'", "'self'"}
    assert "script-src" not in policy or path.startswith(RQ_DASHBOARD)
    unsafe = [name for name, sources in policy.items() if "unsafe" in sources or "*" in sources]
    assert unsafe == ([] if path not in DOCUMENTS else ["style-src"]) or path.startswith(RQ_DASHBOARD)
    if path.startswith(("/console", "/api/v1/auth/")):
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("route", routes(), ids=str)
def test_every_answer_and_every_refusal_of_every_route_is_guarded(route: Route, as_role: AsRole) -> None:
    caller = as_role(route.role)
    stranger = caller.client.application.test_client()
    path = route.path()
    asked: dict[str, Any] = {"method": route.method, "buffered": True}
    for answer in (
        caller.client.open(path, headers={"Authorization": f"Bearer {caller.token}"}, **asked),
        stranger.open(path, **asked),
        stranger.open(path, headers={"Authorization": "Bearer x", "Accept": "text/html"}, **asked),
        caller.client.open(path, method="TRACE", buffered=True),
        caller.client.open(path, method="OPTIONS", buffered=True),
    ):
        assert_guarded(answer, path)


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v1/nothing", "/console/nothing", "/static/nothing", "/docs/nothing"]
)
@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_where_nothing_is_the_answer_is_guarded_too(client: FlaskClient, path: str, kind: str) -> None:
    answer = client.get(path, headers={"Accept": kind})
    assert answer.status_code == 404
    assert_guarded(answer, path)


def test_a_file_is_guarded_too(client: FlaskClient) -> None:
    assert_guarded(client.get("/static/js/app.js", buffered=True), "/static/js/app.js")


@pytest.mark.parametrize("path", ["/api/v1/stores", "/console/stores", "/docs/access"])
def test_a_fault_of_ours_is_guarded_and_tells_nothing(
    app: HoldfastApp, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the words of the fault")

    monkeypatch.setattr(app, "dispatch_request", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = client.get(path)
    assert answer.status_code == 500
    assert_guarded(answer, path)
    assert "the words" not in answer.text
    assert "Traceback" not in answer.text


def cookies(answer: TestResponse) -> Iterator[tuple[str, set[str]]]:
    """Each cookie that is set, and its attributes."""
    for header in answer.headers.getlist("Set-Cookie"):
        name, *attributes = (part.strip() for part in header.split(";"))
        yield name.partition("=")[0], {part for part in attributes if not part.startswith(("Expires", "Max-Age"))}


def signed_in(app: HoldfastApp, site: str = "http://localhost") -> tuple[FlaskClient, list[TestResponse]]:
    """A browser after a login, and what it was answered."""
    browser, page = app.test_client(), f"{site}/console/login"
    form = {"username": "anna", "password": PASSWORD, "csrf_token": csrf_token(browser, page)}
    answers = [app.test_client().get(page), browser.post(page, data=form, headers={"Referer": page})]
    assert answers[1].status_code == 303, answers[1].text
    return browser, answers


def test_cookies_are_for_the_console_only_and_out_of_reach_of_scripts(app: HoldfastApp, clean: None) -> None:
    make_user(app, Role.OPERATOR, "anna")
    browser, (page, answer) = signed_in(app)
    kept = {"HttpOnly", "SameSite=Lax", "Path=/console"}
    assert dict(cookies(page)) == {"holdfast_form": kept}
    assert dict(cookies(answer))["holdfast_session"] == kept
    theme = browser.post("/console/theme", data={"theme": "dark", "csrf_token": csrf_token(browser, "/console/stores")})
    assert dict(cookies(theme)) == {"holdfast_theme": {"HttpOnly", "SameSite=Lax", "Path=/"}}


def test_in_production_cookies_travel_over_https_only_and_browsers_are_told_to_use_it(deployed: HoldfastApp) -> None:
    for answer in signed_in(deployed, "https://shop.example")[1]:
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert [attributes for _, attributes in cookies(answer) if "Secure" not in attributes] == []
        assert list(cookies(answer))


def test_elsewhere_https_is_not_demanded(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/health").headers
