"""Where live is, as the policy and the redirect of a web process say it."""

import pytest
from flask import Flask

from app.core import headers


def policy(live_url: str, path: str, host: str) -> str:
    app = Flask(__name__, static_folder=None)
    headers.init_app(app, https=False, live_url=live_url)
    app.add_url_rule("/<path:_>", view_func=lambda _: "")
    return app.test_client().get(path, headers={"Host": host}).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("live_url", "host", "origin"),
    [
        (":8028", "localhost:8000", "http://localhost:8028"),
        (":8028", "shop.example", "http://shop.example:8028"),
        (":8028", "[::1]:8000", "http://[::1]:8028"),
        ("https://live.shop.example", "shop.example", "https://live.shop.example"),
    ],
)
def test_pages_of_the_console_may_read_from_live(live_url: str, host: str, origin: str) -> None:
    assert policy(live_url, "/console/x", host).endswith(f"; connect-src 'self' {origin}")
    assert "connect-src" not in policy(live_url, "/docs/problems/x", host)


def test_behind_a_proxy_it_is_the_same_origin() -> None:
    assert "connect-src" not in policy("", "/console/x", "shop.example")
