"""A backup is good when it was restored: into a scratch database, where its rows are counted and its books added up.

What the dump says is read from the dump itself: the rows of each table stand in it one a line. So any dump of this
database can be checked, by whomever it was made.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from psycopg2 import sql
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.core import invariants
from app.core.address import engine as engine_of
from app.core.settings import Settings
from app.operations.backups.counted import rows_in
from app.operations.backups.place import BackupError, Place, place_of, server_of
from app.operations.backups.programs import Program, found, run
from app.operations.backups.scratch import scratch
from app.operations.checks.check import BAD, OK, WARNING, Check
from app.operations.schema import Schema, schema_of


def checks(settings: Settings, file: Path) -> Iterator[Check]:
    """Each as soon as it is known; a dump that cannot be restored is one that is bad."""
    place = place_of(settings)
    program = found("pg_restore", settings, server_of(place))
    with scratch(place) as name:
        try:
            run(program, place_of(settings, name), *_OPTIONS, str(file))
        except BackupError as fault:
            yield Check("Restore", BAD, str(fault), "This file is no backup to rely on. Make another, and check it.")
            return
        yield Check("Restore", OK, "Restored without an error.")
        yield from _looked_at(settings, name, program, file)


_OPTIONS = ("--exit-on-error", "--no-owner", "--no-privileges")


def _looked_at(settings: Settings, name: str, program: Program, file: Path) -> Iterator[Check]:
    yield from rows(place_of(settings, name), rows_in(program, file))
    engine = engine_of(settings.database_url, dbname=name, options="-c timezone=UTC", connect_timeout=5)
    with engine.connect() as connection:
        there = schema_of(connection)
    if there.state is Schema.HEAD:
        yield Check("Schema", OK, f"At {there.revision}, as this code needs it.")
        yield from _invariants(engine)
    elif there.state is Schema.BEHIND:
        yield Check("Schema", WARNING, f"At {there.revision}; run flask db upgrade on it.", "This code needs newer.")
        yield Check("Invariants", WARNING, "Not known before the schema is that of this code.")
    else:
        yield Check("Schema", BAD, f"{there.revision or 'None'} is no migration that this code knows.", _OTHER_CODE)


_OTHER_CODE = "It is of a newer version, or no database of Holdfast: check it with the code that it belongs to."


def rows(place: Place, dumped: dict[str, int]) -> Iterator[Check]:
    """Whether each table has as many as the dump."""
    connection = place.connect()
    try:
        with connection.cursor() as cursor:
            there = dict(_counted(cursor, dumped))
    finally:
        connection.close()
    for table in sorted(dumped):
        if there[table] != dumped[table]:
            fact = f"{table} has {there[table]:,}, the dump has {dumped[table]:,}."
            yield Check("Rows", BAD, fact, "Rows were lost on the way in. Do not rely on this file.")
    if not dumped:
        yield Check("Rows", BAD, "The dump has no table with rows.", "It is empty, or of the schema alone.")
    elif there == dumped:
        yield Check("Rows", OK, f"{sum(dumped.values()):,} in {len(dumped)} tables, as the dump has them.")


def _counted(cursor: Any, tables: dict[str, int]) -> Iterator[tuple[str, int]]:
    for table in tables:
        cursor.execute(sql.SQL("SELECT count(*) FROM ONLY {}").format(sql.SQL(table)))
        yield table, cursor.fetchone()[0]


def _invariants(engine: Engine) -> Iterator[Check]:
    try:
        findings = invariants.check(engine=engine)
    except SQLAlchemyError as fault:
        yield Check("Invariants", BAD, f"They cannot be asked: {type(fault).__name__}.", "The schema is not whole.")
        return
    broken = [finding for finding in findings if finding.rows]
    for finding in broken:
        yield Check("Invariants", BAD, f"{finding.invariant.name} is broken: {finding.invariant.rule}.", _LOOK)
    if not broken:
        yield Check("Invariants", OK, f"All {len(findings)} hold.")


_LOOK = "If flask invariants says the same of the database itself, the backup is right about what is wrong."
