"""At which migration a schema is, and which this code brings along."""

from dataclasses import dataclass
from enum import Enum

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Connection

from app.core import db


class Schema(Enum):
    """How a schema stands to this code."""

    EMPTY = "empty"
    BEHIND = "behind"
    HEAD = "head"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Standing:
    """The migration of a schema, that of this code, and how they stand."""

    state: Schema
    revision: str
    head: str


def schema_here() -> Standing:
    """The schema of this unit's database."""
    return schema_of(db.connection())


def schema_of(connection: Connection) -> Standing:
    """The schema behind a connection."""
    scripts = ScriptDirectory(current_app.extensions["migrate"].directory)
    known, head = {script.revision for script in scripts.walk_revisions()}, scripts.get_current_head() or ""
    revision = MigrationContext.configure(connection).get_current_revision() or ""
    return Standing(_state(revision, head, known), revision, head)


def _state(revision: str, head: str, known: set[str]) -> Schema:
    if not revision:
        return Schema.EMPTY
    if revision == head:
        return Schema.HEAD
    return Schema.BEHIND if revision in known else Schema.UNKNOWN
