"""What a browser is told not to do."""

import pytest
from flask import Flask

from app.core import headers


def answer(path: str, *, https: bool = False) -> dict[str, str]:
    app = Flask(__name__, static_folder=None)
    headers.init_app(app, https=https)
    app.add_url_rule("/", view_func=lambda: "", endpoint="root")
    app.add_url_rule("/<path:_>", view_func=lambda _: "", endpoint="any")
    return dict(app.test_client().get(path).headers)


def policy(path: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer(path)["Content-Security-Policy"].split(";"))
    return {name: sources for name, _, sources in parts}


@pytest.mark.parametrize("path", ["/", "/console/", "/console/stores", "/docs/problems/stale", "/docs", "/redoc/"])
def test_pages_run_only_our_own_scripts_and_are_framed_by_nobody(path: str) -> None:
    found = policy(path)
    assert found["default-src"] == "'self'"
    assert found.get("script-src", "'self'") == "'self'"
    assert found["frame-ancestors"] == found["base-uri"] == found["object-src"] == "'none'"
    assert found["form-action"] == "'self'"


@pytest.mark.parametrize("path", ["/console/", "/console/docs", "/docs/problems/stale", "/", "/api/v1/docs", "/docsx"])
def test_inline_styles_are_for_the_two_api_documents_only(path: str) -> None:
    assert "unsafe" not in answer(path)["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/redoc", "/redoc/"])
def test_the_api_documents_may_write_styles_but_no_scripts(path: str) -> None:
    assert policy(path)["style-src"] == "'self' 'unsafe-inline'"
    assert "unsafe" not in policy(path).get("script-src", "")


@pytest.mark.parametrize("path", ["/api/v1/stores", "/health", "/metrics", "/consol"])
def test_what_is_no_page_may_load_nothing(path: str) -> None:
    assert policy(path) == {"default-src": "'none'", "frame-ancestors": "'none'"}


@pytest.mark.parametrize("path", ["/", "/console/", "/api/v1/stores", "/static/x.js"])
def test_every_answer_forbids_guessing_its_type(path: str) -> None:
    assert answer(path)["X-Content-Type-Options"] == "nosniff"
    assert answer(path)["Referrer-Policy"] == "same-origin"


def test_the_console_is_kept_by_no_cache_and_differs_for_htmx() -> None:
    assert answer("/console/stores")["Cache-Control"] == "no-store"
    assert answer("/console/stores")["Vary"] == "HX-Request"
    assert "Cache-Control" not in answer("/api/v1/stores")


def test_https_is_demanded_where_there_is_https() -> None:
    assert answer("/", https=True)["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in answer("/")
