"""psycopg2 with a switch to AUTOCOMMIT that asks the server nothing, and with prepared statements.

SQLAlchemy's own switch names the isolation level each way, which costs a statement on the wire; ours leaves the level
at the server's default and turns only the client's flag.

psycopg2 sends text, which PostgreSQL plans anew each time: for a read by key that takes several times as long as the
read. A statement that carries `prepared=True` among its execution options is prepared once in each connection. When a
migration has given it other columns, a statement that stands alone is prepared anew; a transaction is given up with its
connection, and its caller is asked to come back. A pooler between us and PostgreSQL has to keep a session to one client
(PgBouncer: `pool_mode = session`).
"""

import re
from functools import lru_cache
from hashlib import sha256
from typing import Any

from psycopg2.errors import FeatureNotSupported
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

NAME = "postgresql+holdfast"
DEFAULT_LEVEL = "READ COMMITTED"
PARAMETER = re.compile(r"%\((\w+)\)s")


class HoldfastDialect(PGDialect_psycopg2):
    """The dialect behind `postgresql+holdfast://`."""

    driver = "holdfast"
    supports_statement_cache = True

    def set_isolation_level(self, dbapi_connection: Any, level: Any) -> None:
        """Turn the flag; any other level is set the usual way."""
        if level == "AUTOCOMMIT":
            dbapi_connection.autocommit = True
        elif level == DEFAULT_LEVEL:
            dbapi_connection.autocommit = False
            dbapi_connection.isolation_level = None
        else:
            super().set_isolation_level(dbapi_connection, level)  # type: ignore[no-untyped-call]  # untyped there

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """Send the text, or the name under which this connection knows it."""
        if context is None or not context.execution_options.get("prepared"):
            cursor.execute(statement, parameters)
            return
        info = context.root_connection.info
        try:
            cursor.execute(_known(cursor, statement, info), parameters)
        except FeatureNotSupported:
            if not cursor.connection.autocommit:
                raise
            _forget(cursor, statement, info)
            cursor.execute(_known(cursor, statement, info), parameters)

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """A connection whose plans are out of date is of no more use than a lost one."""
        return isinstance(e, FeatureNotSupported) or super().is_disconnect(e, connection, cursor)  # type: ignore[no-untyped-call]  # untyped there


def _known(cursor: Any, statement: str, connection: dict[Any, Any]) -> str:
    """What calls the statement by its name, which the connection knows from here on."""
    name, definition, call = _forms(statement)
    known: set[str] = connection.setdefault("prepared", set())
    if name not in known:
        cursor.execute(definition)
        known.add(name)
    return call


def _forget(cursor: Any, statement: str, connection: dict[Any, Any]) -> None:
    name, _, _ = _forms(statement)
    cursor.execute(f"DEALLOCATE {name}")
    connection["prepared"].discard(name)


@lru_cache(maxsize=256)
def _forms(statement: str) -> tuple[str, str, str]:
    """The name of a statement, its definition with numbers for parameters, and its call."""
    names = list(dict.fromkeys(PARAMETER.findall(statement)))
    name = f"p_{sha256(statement.encode()).hexdigest()[:24]}"
    numbered = PARAMETER.sub(lambda part: f"${names.index(part[1]) + 1}", statement).replace("%%", "%")
    given = f"({', '.join(f'%({each})s' for each in names)})" if names else ""
    return name, f"PREPARE {name} AS {numbered}", f"EXECUTE {name} {given}"


registry.register(NAME.replace("+", "."), __name__, "HoldfastDialect")
