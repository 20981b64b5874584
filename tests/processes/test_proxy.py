"""The proxy of the compose file in front of web and live, as it stands but for its addresses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.processes import spawn
from tests.processes.stack import ROOT, Stack, eventually, free_port, serving_beside
from tests.processes.streaming import STREAM, console_session, live_beside


@pytest.fixture
def proxy(stack: Stack, tmp_path: Path) -> Iterator[Stack]:
    with serving_beside(stack, TRUSTED_PROXY_HOPS="1") as web, live_beside(web, TRUSTED_PROXY_HOPS="1") as live:
        port = free_port()
        places = {
            "web:8000": f"127.0.0.1:{web.port}",
            "live:8028": f"127.0.0.1:{live.port}",
            "listen 8080": f"listen 127.0.0.1:{port}",
            " /tmp/": f" {tmp_path}/",
        }
        text = (ROOT / "deploy" / "nginx" / "nginx.conf").read_text(encoding="utf-8")
        for before, after in places.items():
            text = text.replace(before, after)
        (tmp_path / "nginx.conf").write_text(text)
        with (tmp_path / "log").open("wb") as log:
            command = ["nginx", "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off;"]
            nginx = spawn(command, env=web.environment, output=log)
        web.port = port
        eventually(lambda: web.answers("/ready", 200), (tmp_path / "log").read_text())
        yield web
        nginx.terminate()
        nginx.wait()


def test_the_proxy_leads_to_web_and_live_and_hides_the_figures(proxy: Stack) -> None:
    assert proxy.answers("/console/login", 200)
    assert proxy.answers("/metrics", 404)
    assert proxy.call("POST", "/api/v1/buy", data=b"x" * 1_100_000).status_code == 413
    viewer = console_session(proxy, "viewer")
    with viewer.get(f"http://127.0.0.1:{proxy.port}{STREAM}", stream=True, timeout=10) as stream:
        assert stream.status_code == 200
        assert next(stream.iter_content(1))


def test_nobody_writes_an_address_of_their_choice(proxy: Stack) -> None:
    wrong = {"username": "operator", "password": "not the password"}
    for address in ("198.51.100.7", "203.0.113.9, 198.51.100.7"):
        refused = proxy.call("POST", "/api/v1/auth/login", json=wrong, headers={"X-Forwarded-For": address})
        assert refused.status_code == 401
    counted = "SELECT count(*) > 0 FROM throttles WHERE key LIKE %s"
    assert proxy.sql(counted, "%198.51.100%") == [(False,)]
    assert proxy.sql(counted, "%127.0.0.1%") == [(True,)]
