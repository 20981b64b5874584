"""A real PostgreSQL and a real Valkey for every test process; the schema comes from the migrations alone."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import settings as of_hypothesis

from app.core import redis, settings
from app.core.roles import Role
from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.factory import create_app
from devstack.postgres import Postgres
from devstack.valkey import Valkey
from tests.callers import Caller, signed_in

# This machine may be busy with something else.
of_hypothesis.register_profile("unhurried", deadline=None)
of_hypothesis.load_profile("unhurried")

TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
      AND relname <> 'alembic_version'
"""


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[str, str]]:
    """The addresses of PostgreSQL and Redis: those for tests when given, else embedded ones."""
    given = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    with tempfile.TemporaryDirectory(prefix="hf-test-") as home:
        postgres = None if given[0] else Postgres(Path(home), durable=False)
        valkey = None if given[1] else Valkey(Path(home), durable=False)
        for server in filter(None, (postgres, valkey)):
            server.start()
        if postgres:
            postgres.create_database("holdfast_test")
        yield given[0] or postgres.url("holdfast_test"), given[1] or valkey.url(0)  # type: ignore[union-attr]  # one of both is there
        for server in filter(None, (valkey, postgres)):
            server.stop()


@pytest.fixture(scope="session")
def db_url(servers: tuple[str, str]) -> str:
    """Where the test database is; only ever one whose name ends in _test."""
    url = servers[0]
    assert url.partition("?")[0].endswith("_test"), "tests run only on a database whose name ends in _test"
    return url


@pytest.fixture(scope="session")
def chosen(servers: tuple[str, str], db_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of the application under test."""
    return settings.load(
        {
            "HOLDFAST_ENV": "test",
            "HOLDFAST_HOME": str(tmp_path_factory.mktemp("home")),
            "DATABASE_URL": db_url,
            "REDIS_URL": servers[1],
            "SECRET_KEY": "a key for tests that nobody else has",
            "RATELIMIT_ENABLED": "0",
            "LOG_LEVEL": "error",
            "CORS_ORIGINS": "https://shop.example",
            "TALLY_SECONDS": "3600",  # tests write down themselves
            # Several meet on purpose, and a machine that stands still for a moment is no lock that is not given back.
            "DB_LOCK_TIMEOUT_MS": "1500",
            "PAYMENT_WEBHOOK_SECRETS": "whsec_b2xkIHNlY3JldCBvZiB0aGUgc2hvcA==,whsec_bmV3IHNlY3JldCBvZiB0aGUgc2hvcA==",
        }
    )


@pytest.fixture(scope="session")
def app(chosen: Settings) -> HoldfastApp:
    """The application on a migrated database."""
    made = create_app(chosen)
    made.extensions["holdfast.redis"].client = redis.connect(
        chosen, patience=20
    )  # a shop gives up after a tenth of one
    with made.app_context():
        upgrade()
    return made


@pytest.fixture
def clean(app: HoldfastApp, db_url: str) -> None:
    """Every table empty and every cache forgotten, before and not after, so that a failure can be looked at."""
    with psycopg2.connect(db_url) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(TABLES)
        for (name,) in cursor.fetchall():
            cursor.execute(f'DELETE FROM "{name}"')  # noqa: S608 - names come from the catalogue
    connection.close()
    app.extensions["holdfast.redis"].client.flushdb()


@pytest.fixture
def client(app: HoldfastApp, clean: None) -> FlaskClient:
    """Somebody who has not signed in."""
    return app.test_client()


@pytest.fixture
def caller(app: HoldfastApp, clean: None) -> Any:
    """A maker of signed-in callers, by role."""

    def make(role: Role | str) -> Caller:
        return signed_in(app, Role(role))

    return make


@pytest.fixture
def operator(caller: Any) -> Caller:
    """A signed-in operator."""
    made: Caller = caller(Role.OPERATOR)
    return made


@pytest.fixture
def sql(app: HoldfastApp, db_url: str) -> Iterator[Any]:
    """A cursor beside the application, in AUTOCOMMIT."""
    connection = psycopg2.connect(db_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        yield cursor
    connection.close()
