"""psycopg2 with a switch to AUTOCOMMIT that asks the server nothing.

SQLAlchemy's own switch names the isolation level each way, which costs a statement on the wire; ours leaves the level
at the server's default and turns only the client's flag.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from psycopg2.extensions import ISOLATION_LEVEL_DEFAULT, STATUS_BEGIN
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

from app.core.patience import Patient, ending

NAME = "postgresql+holdfast"
DEFAULT_LEVEL = "READ COMMITTED"
READ_ONLY = "25006"


class HoldfastDialect(PGDialect_psycopg2):
    """The dialect behind `postgresql+holdfast://`."""

    driver = "holdfast"
    supports_statement_cache = True

    def set_isolation_level(self, dbapi_connection: Any, level: Any) -> None:
        """Turn the flag, or set any other level the usual way; whoever asked for it before had begun a transaction."""
        if dbapi_connection.status == STATUS_BEGIN:
            dbapi_connection.set_isolation_level(ISOLATION_LEVEL_DEFAULT)
        if level == "AUTOCOMMIT":
            dbapi_connection.autocommit = True
        elif level == DEFAULT_LEVEL:
            dbapi_connection.autocommit = False
            dbapi_connection.isolation_level = None
        else:
            super().set_isolation_level(dbapi_connection, level)  # type: ignore[no-untyped-call]  # untyped there

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit."""
        with _ending(dbapi_connection):
            super().do_commit(dbapi_connection)  # type: ignore[no-untyped-call]  # untyped there

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Undo."""
        with _ending(dbapi_connection):
            super().do_rollback(dbapi_connection)  # type: ignore[no-untyped-call]  # untyped there

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """A server that takes no writes any more is of no more use than one that is gone: another is the primary."""
        return getattr(e, "pgcode", None) == READ_ONLY or bool(super().is_disconnect(e, connection, cursor))  # type: ignore[no-untyped-call]  # untyped there


def _ending(dbapi_connection: Any) -> AbstractContextManager[None]:
    """The pools hand their own wrapper of a connection to the dialect; those of commands are not watched."""
    driver = getattr(dbapi_connection, "dbapi_connection", dbapi_connection)
    return ending(driver) if isinstance(driver, Patient) else nullcontext()


registry.register(NAME.replace("+", "."), __name__, "HoldfastDialect")
