"""A database for a look at a backup: one at a time beside the real one, and gone afterwards.

Who makes it holds an advisory lock in the real database, so what lies there under its name is of somebody who was
killed, and is dropped first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2 import sql

from app.operations.backups.place import BackupError, Place

ONE_AT_A_TIME = 4_207_849_486
PREFIX = "holdfast_scratch_of_"


@contextmanager
def scratch(place: Place) -> Iterator[str]:
    """The name of an empty database on the same server, dropped whatever happens."""
    connection = place.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_database(), pg_try_advisory_lock(%s)", [ONE_AT_A_TIME])
            (here, ours) = cursor.fetchone() or ("", False)
            if not ours:
                raise BackupError("Another restore-check is under way.")
            name = f"{PREFIX}{here}"[:63]
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            try:
                cursor.execute(drop)
                _make(cursor, name)
                yield name
            finally:
                cursor.execute(drop)
    finally:
        connection.close()


def _make(cursor: Any, name: str) -> None:
    try:
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    except psycopg2.errors.InsufficientPrivilege as refused:
        raise BackupError("The role may not make a database: give it CREATEDB, or use another role.") from refused
