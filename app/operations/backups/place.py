"""A database as libpq's programs are told of it."""

from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2.extensions import make_dsn, parse_dsn

from app.core.settings import Settings
from app.core.sqlstate import words


class BackupError(Exception):
    """A refusal, in a sentence."""


@dataclass(frozen=True)
class Place:
    """Where a database is; the password is apart from the rest, which stands in commands."""

    dsn: str
    password: str

    def connect(self) -> Any:
        """A connection in AUTOCOMMIT; one that cannot be had is a refusal."""
        secret: dict[str, Any] = {"password": self.password} if self.password else {}
        try:
            connection = psycopg2.connect(self.dsn, connect_timeout=5, application_name="holdfast backup", **secret)
        except psycopg2.OperationalError as fault:
            raise BackupError(f"PostgreSQL cannot be reached: {words(fault)}") from fault
        connection.autocommit = True
        return connection


def place_of(settings: Settings, database: str = "") -> Place:
    """The database of this deployment, or another one beside it."""
    if not settings.database_url:
        raise BackupError("There is no database: set DATABASE_URL.")
    parts = parse_dsn(settings.database_url) | ({"dbname": database} if database else {})
    password = parts.pop("password", "")
    return Place(make_dsn(**parts), password)


def server_of(place: Place) -> int:
    """The major version of the server."""
    connection = place.connect()
    try:
        return int(connection.server_version) // 10_000
    finally:
        connection.close()
