"""A real stack of its own in a temporary folder, with the bare hello beside it under the same gunicorn."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path

from bench.figures import BenchError
from devstack.postgres import Postgres
from devstack.processes import end, spawn
from devstack.valkey import Valkey

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "holdfast_bench"
DEMO_PASSWORD = "holdfast-demo"  # noqa: S105 - the demo logins of a database that ends with this run
PATIENCE = 60.0


@dataclass(frozen=True)
class Stack:
    """Where the parts of the running stack listen."""

    url: str
    hello_url: str
    database_url: str
    environment: Mapping[str, str]
    web_pid: int = 0
    database_pid: int = 0

    def token(self, username: str) -> str:
        """An access token of a demo user."""
        body = json.dumps({"username": username, "password": DEMO_PASSWORD}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/v1/auth/login", body, headers)  # noqa: S310 - our own address
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own address
            return str(json.load(answer)["access_token"])


@contextmanager
def running(home: Path, *, workers: int, **changes: str) -> Iterator[Stack]:
    """The whole stack, up and prepared; it ends with the block."""
    with Postgres(home) as postgres, Valkey(home) as valkey:
        postgres.create_database(DATABASE)
        environment = _environment(home, workers) | {
            "DATABASE_URL": postgres.url(DATABASE),
            "REDIS_URL": valkey.url(0),
            **changes,
        }
        try:
            _prepare(home, environment)
            with (
                _gunicorn("wsgi:app", "/ready", home, environment) as (url, web_pid),
                _gunicorn("bench.hello:app", "/", home, environment) as (hello_url, _),
            ):
                yield Stack(
                    url=url,
                    hello_url=hello_url,
                    database_url=environment["DATABASE_URL"],
                    environment=environment,
                    web_pid=web_pid,
                    database_pid=postgres.pid,
                )
        except BenchError as error:
            raise BenchError(f"{error}\n{_last_lines(home / 'wsgi' / 'log')}".strip()) from error


@contextmanager
def serving(stack: Stack, application: str, probe: str, **changes: str) -> Iterator[Stack]:
    """The same stack as another application, or with other settings, serves it beside; it ends with the block."""
    home, environment = Path(stack.environment["HOLDFAST_HOME"]), dict(stack.environment) | changes
    name = "-".join([application.partition(":")[0], *changes.values()])
    with _gunicorn(application, probe, home, environment, name) as (url, web_pid):
        yield replace(stack, url=url, web_pid=web_pid)


def _environment(home: Path, workers: int) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(ROOT),
        "HOLDFAST_ENV": "development",
        "HOLDFAST_HOME": str(home),
        "DATABASE_EMBEDDED": "1",
        "HOLDFAST_DEMO": "1",
        "DEMO_PASSWORD": DEMO_PASSWORD,
        "SECRET_KEY": secrets.token_hex(32),
        "RATELIMIT_PER_SECOND": "1000000",
        "RATELIMIT_BURST": "1000000",
        "WORKERS": str(workers),
    }


def _prepare(home: Path, environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "prepare"]
    # In the stack's own folder, so that no .env of the working directory takes part.
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"flask prepare failed: {(done.stderr or done.stdout).strip()}")


@contextmanager
def _gunicorn(
    application: str, probe: str, home: Path, environment: Mapping[str, str], name: str = ""
) -> Iterator[tuple[str, int]]:
    folder = home / (name or application.partition(":")[0])
    folder.mkdir()
    port = _free_port()
    env = dict(environment) | {"PORT": str(port)}
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "deploy" / "gunicorn.conf.py"), application]
    with (folder / "log").open("wb") as log:
        process = spawn(command, env=env, cwd=home, output=log, death_signal=signal.SIGTERM)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url + probe, process)
        yield url, process.pid
    finally:
        end(process, (signal.SIGTERM, 15.0))


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                return
        except (OSError, HTTPException):
            time.sleep(0.05)
    raise BenchError(f"{url} does not answer")


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-5:]) if log.exists() else ""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
