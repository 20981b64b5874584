"""A running system for tests: embedded servers, the prepared database, and programs of the tree that can be killed."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

import psycopg2
import redis
import requests

from devstack.ports import listen
from devstack.postgres import Postgres
from devstack.processes import children, end, spawn
from devstack.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "holdfast_test"
PASSWORD = "holdfast-demo"
WORKERS = 3
# A machine may be slow; how long something may take is no question for these tests.
PATIENCE = 60.0
FLASK = ("-m", "flask", "--app", "wsgi")
PREPARE = (*FLASK, "prepare")

# The sessions of these processes, each of which bears its name once it has loaded.
SESSIONS = """
    SELECT count(DISTINCT application_name)::int FROM pg_stat_activity
    WHERE application_name LIKE 'holdfast web %%' AND substring(application_name FROM ':(\\d+)$')::int = ANY (%s)
"""
ABANDONED = """
    DELETE FROM jobs WHERE state IN ('queued', 'running');
    DELETE FROM emails WHERE state = 'queued';
    DELETE FROM webhook_events WHERE state = 'new'
"""

Program = subprocess.Popen[bytes]


def eventually(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Waits for the condition; fails by naming what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not happen within {seconds:g} s: {what}"
        time.sleep(0.02)


def free_port() -> int:
    """A port that nobody has now."""
    with listen(0, "PORT") as probe:
        port: int = probe.getsockname()[1]
    return port


class Stack:
    """Servers, the environment that names them, and what a test does with them."""

    def __init__(self, home: Path, postgres: Postgres, valkey: Valkey) -> None:
        self.home, self.postgres, self.valkey = home, postgres, valkey
        self.redis = redis.Redis.from_url(valkey.url(0))
        self.output = home / "output"
        self.tree = ROOT
        self.master = 0
        self.port = free_port()
        self.environment = os.environ | {
            "HOLDFAST_ENV": "test",
            "HOLDFAST_HOME": str(home),
            "DATABASE_URL": postgres.url(DATABASE),
            "REDIS_URL": valkey.url(0),
            "DATABASE_EMBEDDED": "1",
            "DEMO_PASSWORD": PASSWORD,
            "SECRET_KEY": "a key for processes that nobody else has",
            "RATELIMIT_ENABLED": "0",
            "ORDERS_PER_MINUTE": "100000",
            "QUEUE_TIMEOUT_MS": "60000",
            "WORKERS": str(WORKERS),
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def metrics(self) -> Path:
        """Where the web processes keep their counts."""
        return self.home / "run" / f"metrics-web-{self.port}"

    def start(self, *arguments: str) -> Program:
        """A Python program of the tree, in the background."""
        with self.output.open("ab") as output:
            return spawn([sys.executable, *arguments], env=self.environment, cwd=self.tree, output=output)

    @contextmanager
    def running(self, *arguments: str) -> Iterator[Program]:
        """The same until the block ends."""
        program = self.start(*arguments)
        try:
            yield program
        finally:
            end(program, (signal.SIGTERM, 10.0))

    def run(self, *arguments: str, typed: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
        """A Python program of the tree, to its end."""
        command, asked = [sys.executable, *arguments], self.environment | changes
        return subprocess.run(
            command, env=asked, input=typed, cwd=self.tree, check=False, capture_output=True, text=True, timeout=180
        )

    def call(self, method: str, path: str, *, token: str = "", **options: Any) -> requests.Response:
        """A request on a connection of its own."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        url, timeout = f"http://127.0.0.1:{self.port}{path}", options.pop("timeout", 10)
        return requests.request(method, url, headers=headers, timeout=timeout, **options)

    def patiently(self, method: str, path: str, **options: Any) -> requests.Response:
        """The answer, asked for again while somebody is in the way: nothing was done, and it was to come back."""
        heard: list[requests.Response] = []

        def is_done() -> bool:
            heard[:] = [self.call(method, path, timeout=60, **options)]
            return heard[0].status_code != 503 or heard[0].json()["code"] != "busy"

        eventually(is_done, f"{method} {path} is answered")
        return heard[0]

    def token(self) -> str:
        """An operator's token."""
        answer = self.patiently("POST", "/api/v1/auth/login", json={"username": "operator", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def state(self, name: str) -> float:
        """What Prometheus learns of a state that has one figure."""
        (line,) = re.findall(rf"^{name} (\S+)$", self.call("GET", "/metrics?part=state").text, re.MULTILINE)
        return float(line)

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database answers, asked from beside."""
        connection = psycopg2.connect(self.postgres.url(DATABASE))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def abandon_jobs(self) -> None:
        """Nobody works in the background: what was asked for would be missing later on, to mails and messages too."""
        self.sql(ABANDONED)

    def answers(self, path: str, status: int) -> bool:
        """Whether an address answers so now."""
        try:
            return self.call("GET", path).status_code == status
        except requests.RequestException:
            return False

    def all_are_here(self) -> bool:
        """Whether each web process has a session with PostgreSQL; a new one means that those that were cut are gone."""
        pids = children(self.master)
        return self.sql(SESSIONS, pids) == [(len(pids),)]

    def settled(self) -> bool:
        """Whether all web processes have noticed that everything is there."""
        if not self.all_are_here():
            return False
        with ThreadPoolExecutor(4 * WORKERS) as pool:
            return all(pool.map(lambda path: self.answers(path, 200), ["/ready", *["/api/v1/stores/1"] * 50]))

    @contextmanager
    def without(self, server: Postgres | Valkey) -> Iterator[None]:
        """A server is killed, and is back after the block."""
        server.kill()
        try:
            yield
        finally:
            if not server.running:
                server.start()
            eventually(self.settled, "everything is back")

    @contextmanager
    def frozen(self, server: Postgres | Valkey) -> Iterator[None]:
        """A server and its processes stand still during the block."""
        family = [server.pid, *children(server.pid)]
        for pid in family:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in reversed(family):
                os.kill(pid, signal.SIGCONT)
            eventually(self.settled, "everything is back")


@contextmanager
def prepared(home: Path, **changes: str) -> Iterator[Stack]:
    """Servers and a database with demo data; no program runs yet."""
    with Postgres(home, durable=False) as postgres, Valkey(home, durable=False) as valkey:
        postgres.create_database(DATABASE)
        stack = Stack(home, postgres, valkey)
        stack.environment |= changes
        # Without fsync, yet a commit that was acknowledged is with the kernel: it outlives a killed server.
        stack.sql(f"ALTER DATABASE {DATABASE} SET synchronous_commit = on")
        done = stack.run(*PREPARE)
        assert done.returncode == 0, done.stderr + done.stdout
        yield stack
        stack.redis.close()


@contextmanager
def serving(stack: Stack) -> Iterator[Stack]:
    """The stack with its web processes."""
    with stack.running("-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app") as master:
        stack.master = master.pid
        eventually(lambda: stack.answers("/ready", 200), "the web processes answer")
        eventually(stack.all_are_here, "each of them has loaded")
        yield stack


@contextmanager
def serving_beside(stack: Stack, **changes: str) -> Iterator[Stack]:
    """Web processes of their own over the same servers, with these variables."""
    beside = copy(stack)
    beside.port = free_port()
    beside.output = stack.home / f"output-{beside.port}"
    beside.environment = stack.environment | {"PORT": str(beside.port)} | changes
    with serving(beside):
        yield beside
