"""The proxy of the compose file with TLS of its own, or behind another one, as the files beside it say."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from bench import proxy
from tests.processes.stack import free_port

CERTIFIED = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=shop.example")


class Echo(BaseHTTPRequestHandler):
    """Answers what it was told by whoever asks."""

    def do_GET(self) -> None:
        """Tell the headers."""
        told = json.dumps(dict(self.headers.items())).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def web() -> Iterator[int]:
    """The port of what stands behind the proxy."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@contextmanager
def speaking_tls(folder: Path, web: int) -> Iterator[tuple[int, int]]:
    """The port with TLS and the one without."""
    port = free_port()
    (folder / "tls").mkdir()
    files = ("-keyout", folder / "tls" / "privkey.pem", "-out", folder / "tls" / "fullchain.pem")
    subprocess.run([*CERTIFIED, *files], check=True, capture_output=True)
    proxy.added(folder, "tls.conf", {"listen 8443": f"listen 127.0.0.1:{port}"})
    with proxy.proxied(folder, web=web, web2=web, live=free_port()) as plain:
        yield port, plain


def curled(port: int, path: str, *options: str) -> str:
    """What curl says of an address with TLS."""
    asked = ["curl", "-sk", "-m", "10", *options, f"https://127.0.0.1:{port}{path}"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout


def test_with_a_certificate_it_speaks_http_2_and_says_that_the_client_came_by_https(tmp_path: Path, web: int) -> None:
    with speaking_tls(tmp_path, web) as (port, _):
        told = json.loads(curled(port, "/api/v1/stores"))
        version = curled(port, "/api/v1/stores", "--http2", "-o", "/dev/null", "-w", "%{http_version}")
    assert (told["X-Forwarded-Proto"], told["X-Forwarded-Host"]) == ("https", f"127.0.0.1:{port}")
    assert version == "2"


def test_whoever_comes_without_tls_is_led_to_it_but_not_who_looks_whether_it_is_well(tmp_path: Path, web: int) -> None:
    with speaking_tls(tmp_path, web) as (_, plain):
        led = requests.get(f"http://127.0.0.1:{plain}/console/?next=1", allow_redirects=False, timeout=10)
        well = requests.get(f"http://127.0.0.1:{plain}/health", allow_redirects=False, timeout=10)
    assert (led.status_code, led.headers["Location"]) == (301, "https://127.0.0.1/console/?next=1")
    assert well.status_code == 200


def test_behind_another_proxy_the_client_is_who_that_one_names_and_came_by_https(tmp_path: Path, web: int) -> None:
    proxy.added(tmp_path, "behind.conf")
    assert told_of(tmp_path, web, "198.51.100.7") == ("198.51.100.7", "https")


def test_with_none_in_front_nobody_is_believed(tmp_path: Path, web: int) -> None:
    assert told_of(tmp_path, web, "198.51.100.7") == ("127.0.0.1", "http")


def told_of(folder: Path, web: int, address: str) -> tuple[Any, Any]:
    """From where the client came and how, as web is told when it says that it came from this address."""
    with proxy.proxied(folder, web=web, web2=web, live=free_port()) as port:
        headers = {"X-Forwarded-For": address, "X-Forwarded-Proto": "gopher"}
        told = requests.get(f"http://127.0.0.1:{port}/api/v1/stores", headers=headers, timeout=10).json()
    return told["X-Forwarded-For"], told["X-Forwarded-Proto"]
