"""What the database refused, as the application's own error."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.clock import rfc3339
from app.core.errors import BY_CONSTRAINT, CATALOGUE, AppError, Busy, DatabaseUnavailable, InUse, ValueOutOfRange

# A SQL function raises this SQLSTATE with the error's code as message and its figures as JSON detail.
REFUSED = "HF000"

REFERRED_TO = {"23001", "23503"}
# A migration gave a prepared statement other columns; the next try prepares it anew.
PLAN_OUT_OF_DATE = "0A000"
# What a statement of ours names is not there: nobody has prepared the database, or another version did.
UNPREPARED = {"3F000", "42703", "42704", "42883", "42P01"}
BUSY = {"55P03", "57014", "40001", "40P01"}
OUT_OF_RANGE = {"22003", "22021", "22P02", "22P05", "22008"}
# 25006: the server has become a standby; the next connection goes to the one that is primary now.
UNAVAILABLE_CLASSES = ("08", "25006", "53", "57P", "58")


def translated(error: SQLAlchemyError) -> AppError | None:
    """The error to answer with, or None when this is a fault of ours."""
    if isinstance(error, PoolTimeout):
        return Busy()
    if not isinstance(error, DBAPIError):
        return None
    state = getattr(error.orig, "pgcode", None)
    if state == PLAN_OUT_OF_DATE:
        return Busy()
    if state is None:
        return DatabaseUnavailable() if error.connection_invalidated or _is_connection_fault(error) else None
    return _from_state(state, error)


def is_unprepared(error: SQLAlchemyError) -> bool:
    """Whether the schema that this code needs is not there."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "pgcode", None) in UNPREPARED


def words(fault: BaseException | None) -> str:
    """What the other side, or the network, said: its first line."""
    return str(fault or "").strip().partition("\n")[0]


def raised(fault: Any) -> AppError | None:
    """What a SQL function refused, when that is what psycopg2 tells of."""
    if getattr(fault, "pgcode", None) != REFUSED:
        return None
    refusal = CATALOGUE.get(fault.diag.message_primary)
    figures = json.loads(fault.diag.message_detail or "{}")
    return refusal(**{name: _shown(name, value) for name, value in figures.items()}) if refusal else None


def _shown(name: str, value: Any) -> Any:
    """PostgreSQL writes moments in a way of its own."""
    return rfc3339(datetime.fromisoformat(value)) if name.endswith("_at") and value else value


def _from_state(state: str, error: DBAPIError) -> AppError | None:
    diag = getattr(error.orig, "diag", None)
    if state == REFUSED:
        return raised(error.orig)
    if state in BUSY:
        return Busy()
    if state in OUT_OF_RANGE:
        return ValueOutOfRange()
    if state.startswith(UNAVAILABLE_CLASSES):
        return DatabaseUnavailable()
    named = BY_CONSTRAINT.get(getattr(diag, "constraint_name", None) or "")
    if named is not None:
        return named()
    return InUse(references={}) if state in REFERRED_TO else None


def _is_connection_fault(error: DBAPIError) -> bool:
    return type(error.orig).__name__ in {"OperationalError", "InterfaceError"}
