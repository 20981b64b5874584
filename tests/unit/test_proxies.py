"""Whose word about the caller's address is taken."""

from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.core.proxies import believe_proxies

PEER = "10.0.0.1"


def seen(hops: int, **headers: str) -> dict[str, Any]:
    """What the application sees of a request."""
    kept: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        kept.update(environ)
        start_response("204 No Content", [])
        return []

    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    environ = EnvironBuilder(headers=named, environ_overrides={"REMOTE_ADDR": PEER}).get_environ()
    run_wsgi_app(believe_proxies(app, hops), environ)
    return kept


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, "1.1.1.1", PEER),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1", PEER),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "", PEER),
    ],
)
def test_the_address_is_taken_from_as_many_proxies_as_are_trusted(hops: int, forwarded: str, address: str) -> None:
    assert seen(hops, X_Forwarded_For=forwarded)["REMOTE_ADDR"] == address


@pytest.mark.parametrize(
    "garbage", ["unknown", "1.2.3", "1.2.3.4:80", "[::1]", "::1%<script>", "<b>", "'; --", "²5.1.1.1", "9" * 9999]
)
def test_what_is_no_address_is_not_taken_for_one(garbage: str) -> None:
    assert seen(1, X_Forwarded_For=garbage)["REMOTE_ADDR"] == PEER


def test_scheme_and_host_are_taken_from_trusted_proxies_only() -> None:
    said = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "shop.example"}
    assert (seen(1, **said)["wsgi.url_scheme"], seen(1, **said)["HTTP_HOST"]) == ("https", "shop.example")
    assert (seen(0, **said)["wsgi.url_scheme"], seen(0, **said)["HTTP_HOST"]) == ("http", "localhost")
