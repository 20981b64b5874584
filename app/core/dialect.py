"""psycopg2 with a switch to AUTOCOMMIT that asks the server nothing.

SQLAlchemy's own switch names the isolation level each way, which costs a statement on the wire; ours leaves the level
at the server's default and turns only the client's flag.
"""

from typing import Any

from psycopg2.extensions import ISOLATION_LEVEL_DEFAULT, STATUS_BEGIN
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

NAME = "postgresql+holdfast"
DEFAULT_LEVEL = "READ COMMITTED"


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


registry.register(NAME.replace("+", "."), __name__, "HoldfastDialect")
