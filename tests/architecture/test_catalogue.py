"""A migrated database is exactly what the models and SQL files say; Alembic alone sees neither functions nor checks."""

from collections.abc import Iterator

import psycopg2
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg2.sql import SQL, Identifier
from sqlalchemy import Column, Connection, Integer, MetaData, Table, text

from app.core.address import engine as engine_of
from app.core.db import Base
from tests.architecture.catalogue import differences, snapshot
from tests.architecture.source import files

SCRATCH = "holdfast_catalogue"
LIST = "CREATE TABLE items (id int PRIMARY KEY, span tstzrange, CONSTRAINT ck_items_id CHECK (id > 0))"
CHANGES = {
    "a missing check": "ALTER TABLE items DROP CONSTRAINT ck_items_id",
    "another check": "ALTER TABLE items DROP CONSTRAINT ck_items_id, ADD CONSTRAINT ck_items_id CHECK (id > 1)",
    "an exclusion": "ALTER TABLE items ADD EXCLUDE USING gist (span WITH &&)",
    "an index": "CREATE INDEX ON items (id) WHERE id > 5",
    "a column": "ALTER TABLE items ADD note text DEFAULT 'none'",
    "a nullable column": "ALTER TABLE items ALTER span SET NOT NULL",
    "a fill factor": "ALTER TABLE items SET (fillfactor = 50)",
    "a function": "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a trigger": "CREATE TRIGGER same BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION "
    "suppress_redundant_updates_trigger()",
    "a type": "CREATE TYPE state AS ENUM ('held', 'completed')",
}


@pytest.fixture
def migrated(app: object, db_url: str) -> Iterator[Connection]:
    engine = engine_of(db_url)
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def scratch(db_url: str) -> Iterator[Connection]:
    administrator = psycopg2.connect(db_url)
    administrator.autocommit = True
    name = f"{SCRATCH}_{administrator.info.backend_pid}"
    with administrator.cursor() as cursor:
        cursor.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        engine = engine_of(db_url, dbname=name)
        with engine.connect() as connection:
            yield connection
        cursor.execute(SQL("DROP DATABASE {}").format(Identifier(name)))
    administrator.close()


def test_the_migrated_database_is_what_models_and_sql_files_say(migrated: Connection, scratch: Connection) -> None:
    database = snapshot(migrated)
    scratch.execute(text("SET check_function_bodies = off"))
    for name in database:
        if name.startswith("extension "):
            scratch.execute(text(f"CREATE EXTENSION {name.removeprefix('extension ')}"))
    Base.metadata.create_all(scratch)
    for source in files("app", "sql/*.sql"):
        scratch.exec_driver_sql(source.text.replace("%", "%%"))
    assert differences(database, snapshot(scratch)) == []


def test_alembic_finds_nothing_to_migrate(migrated: Connection) -> None:
    assert compare_metadata(_context(migrated), Base.metadata) == []


def test_alembic_finds_a_model_without_a_migration(scratch: Connection) -> None:
    assert not compare_metadata(_context(scratch), MetaData())
    made = MetaData()
    Table("items", made, Column("id", Integer, primary_key=True))
    assert compare_metadata(_context(scratch), made)


@pytest.mark.parametrize("change", CHANGES)
def test_the_comparison_sees(scratch: Connection, change: str) -> None:
    scratch.execute(text(LIST))
    before = snapshot(scratch)
    scratch.execute(text(CHANGES[change]))
    assert differences(before, snapshot(scratch))


def _context(connection: Connection) -> MigrationContext:
    def ours(name: str | None, kind: str, _parents: object) -> bool:
        partitions = text("SELECT 1 FROM pg_class WHERE relname = :name AND relispartition")
        return kind != "table" or not connection.execute(partitions, {"name": name}).first()

    return MigrationContext.configure(connection, opts={"compare_server_default": True, "include_name": ours})
