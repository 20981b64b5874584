"""A line end that somebody sent along begins no header of an answer."""

from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from app.core.schemas import Text
from tests.api.conftest import AsRole
from tests.api.routes import Route, api_routes, routes

LINES = "a\r\nX-Injected: 1\r\n\r\n<b>"


def assert_whole(answer: TestResponse) -> None:
    """The answer is no fault of ours, and its headers are those that we wrote."""
    assert answer.status_code < 500, answer.text
    assert "X-Injected" not in answer.headers
    assert [value for _, value in answer.headers if "\r" in value or "\n" in value] == []


@pytest.mark.parametrize("route", routes(), ids=str)
def test_in_an_address(route: Route, as_role: AsRole) -> None:
    caller = as_role(route.role)
    known = route.query.load_fields if route.query else {}
    names = {"next", "q", "cursor", "fields", *(field.data_key or name for name, field in known.items())}
    for path in (route.path(quote(LINES)), f"{route.path()}?{quote(LINES)}"):
        assert_whole(caller.call(route.method, path, buffered=True))
    for name in sorted(names):
        assert_whole(caller.call(route.method, f"{route.path()}?{quote(name)}={quote(LINES)}", buffered=True))


@pytest.mark.parametrize("route", [route for route in api_routes() if route.body], ids=str)
def test_in_a_field(route: Route, as_role: AsRole) -> None:
    caller = as_role(route.role)
    texts = [name for name, field in (route.body.load_fields if route.body else {}).items() if isinstance(field, Text)]
    for name in texts:
        body: dict[str, Any] = route.example | {name: LINES}
        answer = caller.call(route.method, route.path(), json=body, headers={"Idempotency-Key": f"line-{name}"})
        assert_whole(answer)
        assert_whole(caller.get(answer.headers.get("Location", "/health")))
