"""Statements that each connection plans once, and that go to psycopg2 with nothing in between.

psycopg2 sends text, which PostgreSQL plans anew each time: for a read by key that takes several times as long as the
read, and SQLAlchemy takes as long again to make a cursor and a result of its own. What every request asks is prepared
once in each connection and read as plain tuples with names.

When a migration has given a statement other columns, one that stands alone is prepared anew; a transaction is given up
with its connection, and its caller is asked to come back. A pooler between us and PostgreSQL has to keep a session to
one client (PgBouncer: `pool_mode = session`).
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any, cast

import psycopg2
from psycopg2.errors import FeatureNotSupported
from sqlalchemy import Connection, Select, TextClause
from sqlalchemy.exc import DBAPIError, NoResultFound

from app.core import db
from app.core.dialect import HoldfastDialect
from app.core.sqlstate import raised

PARAMETER = re.compile(r"%\((\w+)\)s")
DIALECT = HoldfastDialect()  # type: ignore[no-untyped-call]  # untyped there


@dataclass(frozen=True)
class Form:
    """A statement as text, the name under which a connection knows it, how it is made known, how it is called."""

    text: str
    name: str
    definition: str
    call: str
    fixed: dict[str, Any]


class Prepared:
    """A statement that is asked over and over; its parameters are its words."""

    def __init__(self, statement: TextClause | Select[Any]) -> None:
        """Nothing is asked yet."""
        self._statement = statement

    def all(self, **values: Any) -> list[Any]:
        """Every row."""
        return self._rows(db.connection(), values)

    def first(self, **values: Any) -> Any:
        """The first row, or None."""
        rows = self._rows(db.connection(), values)
        return rows[0] if rows else None

    def one(self, **values: Any) -> Any:
        """The row that there always is."""
        row = self.first(**values)
        if row is None:
            raise NoResultFound("a statement that always answers a row answered none")
        return row

    def scalar(self, **values: Any) -> Any:
        """The first value of the first row, or None."""
        row = self.first(**values)
        return None if row is None else row[0]

    @cached_property
    def _form(self) -> Form:
        compiled = self._statement.compile(dialect=DIALECT)
        return _form_of(str(compiled), {name: value for name, value in compiled.params.items() if value is not None})

    def _rows(self, connection: Connection, values: dict[str, Any]) -> list[Any]:
        pooled, given = connection.connection, {**self._form.fixed, **values}
        try:
            with cast("Any", pooled.cursor()) as cursor:
                if connection._has_events or connection.engine._has_events:  # noqa: SLF001 - there is no other way to ask
                    _tell(connection, cursor, self._form.text, given)
                self._ask(cursor, pooled.info, given)
                return list(map(_row_of(tuple(column[0] for column in cursor.description)), cursor.fetchall()))
        except psycopg2.Error as error:
            raise raised(error) or _reported(connection, self._form.call, error) from error

    def _ask(self, cursor: Any, info: dict[Any, Any], given: dict[str, Any]) -> None:
        known, form = info.setdefault("prepared", set()), self._form
        _make_known(cursor, known, form)
        try:
            cursor.execute(form.call, given)
        except FeatureNotSupported:
            if not cursor.connection.autocommit:
                raise
            cursor.execute(f"DEALLOCATE {form.name}")
            known.discard(form.name)
            _make_known(cursor, known, form)
            cursor.execute(form.call, given)


def _tell(connection: Connection, cursor: Any, statement: str, given: dict[str, Any]) -> None:
    """Whoever listens to statements hears of this one as of any other."""
    connection.dispatch.before_cursor_execute(connection, cursor, statement, given, None, False)  # noqa: FBT003


def _make_known(cursor: Any, known: set[str], form: Form) -> None:
    if form.name not in known:
        cursor.execute(form.definition)
        known.add(form.name)


def _form_of(statement: str, fixed: dict[str, Any]) -> Form:
    """PostgreSQL numbers parameters; a word that is used twice is one parameter."""
    names = list(dict.fromkeys(PARAMETER.findall(statement)))
    name = f"p_{sha256(statement.encode()).hexdigest()[:24]}"
    numbered = PARAMETER.sub(lambda part: f"${names.index(part[1]) + 1}", statement).replace("%%", "%")
    given = f"({', '.join(f'%({each})s' for each in names)})" if names else ""
    return Form(statement, name, f"PREPARE {name} AS {numbered}", f"EXECUTE {name} {given}", fixed)


@lru_cache(maxsize=256)
def _row_of(names: tuple[str, ...]) -> Callable[[Iterable[Any]], Any]:
    """What makes a row with these names."""
    row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024 - the names are the statement's
    make: Callable[[Iterable[Any]], Any] = row._make
    return make


def _reported(connection: Connection, call: str, error: psycopg2.Error) -> Exception:
    """The fault as SQLAlchemy tells it; a connection that is lost or has plans out of date is of no more use."""
    dialect, pooled = cast("Any", connection.dialect), cast("Any", connection.connection)
    gone = dialect.is_disconnect(error, pooled, None)
    lost = gone or isinstance(error, FeatureNotSupported)
    if gone:
        connection.engine.pool._invalidate(pooled, error, _checkin=False)  # noqa: SLF001 - as SQLAlchemy: the others are gone too
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(call, None, error, psycopg2.Error, hide_parameters=True, connection_invalidated=lost)
