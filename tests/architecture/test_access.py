"""Every route says who may call it, and what is public is listed here."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app.core.access import Access, public

PUBLIC = {
    "auth.ask_for_reset",
    "auth.login",
    "auth.refresh",
    "auth.register",
    "auth.reset_password",
    "auth.verify_email",
    "documents.access",
    "documents.document",
    "documents.problem",
    "documents.problems",
    "documents.redoc",
    "documents.swagger",
    "identity_console.login",
    "identity_console.login_post",
    "identity_console.logout",
    "identity_console.new_password",
    "identity_console.new_password_post",
    "identity_console.password_reset",
    "identity_console.password_reset_post",
    "identity_console.set_theme",
    "identity_console.verify_email",
    "identity_console.verify_email_post",
    "operations.health",
    "operations.ready",
    "operations.root",
    "operations.scrape",
    "stores.get_store",
    "stores.list_stores",
}
# Flask's own view of files that anybody may read; the edge leaves it alone.
UNGUARDED = {"static"}


def undeclared(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in UNGUARDED and not isinstance(_access(app, rule.endpoint), Access):
            yield f"{rule.rule} ({rule.endpoint}) does not say who may call it"


def public_endpoints(app: Flask) -> set[str]:
    named = {rule.endpoint for rule in app.url_map.iter_rules()}
    return {endpoint for endpoint in named if getattr(_access(app, endpoint), "kind", "") == "public"}


def _access(app: Flask, endpoint: str) -> object:
    return getattr(app.view_functions[endpoint], "access", None)


def test_every_route_says_who_may_call_it(app: Flask) -> None:
    assert list(undeclared(app)) == []


def test_only_the_listed_endpoints_are_public(app: Flask) -> None:
    assert public_endpoints(app) == PUBLIC


@pytest.fixture
def made() -> Flask:
    made = Flask("made", static_folder=None)
    made.add_url_rule("/open", "open", public(lambda: ""))
    return made


def test_a_route_without_access_is_found(made: Flask) -> None:
    assert not list(undeclared(made))
    made.add_url_rule("/forgotten", "forgotten", lambda: "")
    assert list(undeclared(made)) == ["/forgotten (forgotten) does not say who may call it"]


def test_a_public_route_is_found(made: Flask) -> None:
    assert public_endpoints(made) == {"open"}
