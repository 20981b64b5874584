"""A running console for a browser: embedded servers, the prepared database, gunicorn on a free port."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import requests

from devstack.postgres import Postgres
from devstack.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "holdfast-demo"
SECRET_KEY = "a key for browsers that nobody else has"
READY_WITHIN = 120


@dataclass
class Stack:
    """Where the console answers, and its API for what a test needs to be there."""

    url: str
    database_url: str
    token: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, **options: Any) -> Any:
        """What an operator gets from the API."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = requests.request(method, f"{self.url}/api/v1{path}", headers=headers, timeout=10, **options)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def sign_in(self) -> None:
        """Get a token."""
        self.token = self.call("POST", "/auth/login", json={"username": "operator", "password": PASSWORD})[
            "access_token"
        ]

    def make_store(self, name: str, **facts: Any) -> Any:
        """A store that exists."""
        where = {"latitude": 52.52, "longitude": 13.405, "timezone": "Europe/Berlin"}
        return self.call("POST", "/stores", json={"name": name} | where | facts)

    def stores_named(self, name: str) -> Any:
        """The stores that a search finds."""
        return self.call("GET", "/stores", params={"q": name})["data"]

    @contextmanager
    def stores_locked(self) -> Iterator[None]:
        """No request can read a store meanwhile."""
        connection = psycopg2.connect(self.database_url)
        try:
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE stores IN ACCESS EXCLUSIVE MODE")
                yield
        finally:
            connection.close()

    @contextmanager
    def referred_to(self, store_id: int) -> Iterator[None]:
        """Something belongs to the store meanwhile."""
        with _autocommit(self.database_url) as cursor:
            cursor.execute("CREATE TABLE kiosks (store_id bigint REFERENCES stores ON DELETE RESTRICT)")
            cursor.execute("INSERT INTO kiosks VALUES (%s)", [store_id])
            try:
                yield
            finally:
                cursor.execute("DROP TABLE kiosks")


@contextmanager
def _autocommit(url: str) -> Iterator[Any]:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


@contextmanager
def running(home: Path) -> Iterator[Stack]:
    """The stack until the block ends."""
    with Postgres(home, durable=False) as postgres, Valkey(home, durable=False) as valkey:
        postgres.create_database("holdfast_test")
        port = free_port()
        environment = os.environ | {
            "HOLDFAST_ENV": "development",
            "HOLDFAST_HOME": str(home),
            "DATABASE_EMBEDDED": "1",
            "HOLDFAST_DEMO": "1",
            "DEMO_PASSWORD": PASSWORD,
            "DATABASE_URL": postgres.url("holdfast_test"),
            "REDIS_URL": valkey.url(0),
            "SECRET_KEY": SECRET_KEY,
            "PORT": str(port),
            "LOG_LEVEL": "error",
            # A machine that stands still for a moment is no fault of a page.
            "DB_STATEMENT_TIMEOUT_MS": "20000",
            "DB_LOCK_TIMEOUT_MS": "1000",
        }
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "prepare"], cwd=ROOT, env=environment, check=True
        )
        command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app"]
        with subprocess.Popen(command, cwd=ROOT, env=environment) as web:
            try:
                stack = Stack(f"http://127.0.0.1:{port}", postgres.url("holdfast_test"), environment=environment)
                wait_until_ready(stack.url, web)
                stack.sign_in()
                yield stack
            finally:
                web.terminate()


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(url: str, web: subprocess.Popen[bytes]) -> None:
    """Return when it serves."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        assert web.poll() is None, "the web process ended"
        try:
            if requests.get(f"{url}/ready", timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.05)
    raise AssertionError(f"{url} was not ready within {READY_WITHIN} s")
