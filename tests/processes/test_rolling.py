"""A version follows another while requests keep coming: none is answered with a 5xx, and none is lost."""

import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from devstack.processes import children, end
from tests.processes.arrivals import arriving
from tests.processes.proxied import proxied
from tests.processes.release import add_code, add_migrations, copied
from tests.processes.stack import (
    DATABASE,
    PREPARE,
    Program,
    Stack,
    eventually,
    free_port,
    prepared,
    serving_beside,
)
from tests.scale import SCALE, scaled

pytestmark = pytest.mark.chaos

RATE, WHILE_MIGRATING = (300, 200) if SCALE >= 1 else (40, 40)
RELOADS, ROUNDS = scaled(5, least=2), scaled(5, least=1)
# At full size on a machine that does nothing else, nobody waits for a lock as long as the settings allow.
LOCKS = {} if SCALE >= 1 else {"DB_LOCK_TIMEOUT_MS": "3000", "DB_STATEMENT_TIMEOUT_MS": "20000"}
WEB = ("-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app")


@pytest.fixture(scope="module")
def shop() -> Iterator[Stack]:
    """Servers and a tree of its own, as these tests change both."""
    with tempfile.TemporaryDirectory(prefix="hf-rolling-") as home, prepared(Path(home)) as made:
        (Path(home) / "tree").mkdir()
        made.tree = copied(Path(home) / "tree")
        made.environment |= {"WORKERS": "2", "UNPAID_ORDERS": "10000", "OPEN_HOLDS": "10000"} | LOCKS
        yield made


@dataclass
class Group:
    """Web processes behind the proxy."""

    web: Stack
    program: Program

    def restart(self) -> None:
        """As compose does: it ends, then another begins at the same place and is waited for."""
        self.program.terminate()
        assert self.program.wait(60) == 0
        self.program = started(self.web)


def started(web: Stack) -> Program:
    program = web.start(*WEB)
    eventually(lambda: web.answers("/ready", 200), "the web processes answer", 60)
    return program


def beside(shop: Stack) -> Stack:
    """The same shop on a port of its own."""
    web = copy(shop)
    web.port = free_port()
    web.environment = shop.environment | {"PORT": str(web.port), "TRUSTED_PROXY_HOPS": "1"}
    return web


@contextmanager
def group(shop: Stack) -> Iterator[Group]:
    """One of those behind the proxy."""
    web = beside(shop)
    made = Group(web, started(web))
    try:
        yield made
    finally:
        end(made.program, (signal.SIGTERM, 15.0))


def reload(web: Stack) -> None:
    """As docs/deployment.md says; over when those from before are gone."""
    before = set(children(web.master))
    os.kill(web.master, signal.SIGHUP)
    eventually(lambda: are_all_new(web, before), "all are new", 60)


def are_all_new(web: Stack, before: set[int]) -> bool:
    after = children(web.master)
    return len(after) == len(before) and before.isdisjoint(after)


def check_that_it_is_refused_while_it_loads(shop: Stack) -> None:
    (shop.tree / "may-start").unlink()
    web = beside(shop)
    with web.running(*WEB) as master:
        eventually(lambda: children(master.pid), "it loads")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", web.port), 5).close()
        (shop.tree / "may-start").touch()
        eventually(lambda: web.answers("/ready", 200), "it serves")


def test_a_reload_answers_whatever_is_sent_meanwhile(shop: Stack) -> None:
    with serving_beside(shop) as web, arriving(web, RATE):
        for _ in range(RELOADS):
            reload(web)


def test_two_groups_behind_the_proxy_that_end_and_begin_in_turn_lose_nothing(shop: Stack, tmp_path: Path) -> None:
    with (
        group(shop) as first,
        group(shop) as second,
        proxied(tmp_path, first.web, second.web, free_port()) as seen,
        arriving(seen, RATE),
    ):
        for _ in range(ROUNDS):
            first.restart()
            second.restart()


def test_a_migration_lets_requests_pass_and_the_next_version_is_waited_for(shop: Stack) -> None:
    with serving_beside(shop) as web, arriving(web, WHILE_MIGRATING) as load:
        last = add_migrations(shop.tree)
        with closing(psycopg2.connect(shop.postgres.url(DATABASE))) as reader, reader.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM orders")
            migrator = shop.start(*PREPARE)
            eventually(lambda: shop.output.read_text().count("a table is in use") >= 3, "it gives up three times")
        assert migrator.wait(60) == 0
        assert shop.sql("SELECT version_num FROM alembic_version") == [(last,)]

        add_code(shop.tree)
        before, answered = set(children(web.master)), load.answers.total()
        os.kill(web.master, signal.SIGHUP)
        eventually(lambda: load.answers.total() > answered + 3 * WHILE_MIGRATING, "who is to leave goes on")
        assert before < set(children(web.master))
        (shop.tree / "may-start").touch()
        eventually(lambda: are_all_new(web, before), "the next version serves", 60)
        assert web.call("GET", "/health").headers["X-Release"] == "next"
    check_that_it_is_refused_while_it_loads(shop)
