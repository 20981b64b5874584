"""Reading the audit log."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from app.audit.errors import AuditEntryNotFound
from app.audit.models import AuditEntry
from app.core.db import session
from app.core.pagination import COUNTED_TO, Ordering, Page, all_of, counted, page_of, paged

A = AuditEntry.__table__.c
_NEWEST = Ordering("audit_log:newest", (A.at, A.id), ("at", "id"), descending=True)
_NEWEST_FIRST = (A.at.desc(), A.id.desc())
_ROWS = select(*A)


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are meant; everything that is given must hold."""

    actor_id: int | None = None
    actor: str | None = None
    action: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    source: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def entry(entry_id: int) -> Any:
    """One entry as a row."""
    row = session().execute(_ROWS.where(A.id == entry_id)).first()
    if row is None:
        raise AuditEntryNotFound(entry_id=entry_id)
    return row


def page(which: AuditFilter, *, limit: int, cursor: str | None) -> Page:
    """One page of entries, newest first."""
    statement = paged(_filtered(_ROWS, which), _NEWEST, limit=limit, cursor=cursor)
    return page_of(session().execute(statement).all(), _NEWEST, limit)


def count(which: AuditFilter, *, most: int | None = COUNTED_TO) -> int:
    """How many there are, counted to 10,000 at most; `most=None` is all of them."""
    return session().scalar(counted(_filtered(select(A.id), which), most)) or 0


def everything(which: AuditFilter) -> Iterator[Any]:
    """All entries of a filter, newest first, for an export."""
    return all_of(lambda limit, cursor: page(which, limit=limit, cursor=cursor))


def of_object(object_type: str, object_id: object, *, limit: int = 50) -> Sequence[AuditEntry]:
    """The latest entries of one object, newest first."""
    mine = _conditions(AuditFilter(object_type=object_type, object_id=str(object_id)))
    return session().scalars(select(AuditEntry).where(*mine).order_by(*_NEWEST_FIRST).limit(limit)).all()


def _filtered(statement: Select[Any], which: AuditFilter) -> Select[Any]:
    return statement.where(*_conditions(which))


def _conditions(which: AuditFilter) -> Iterator[ColumnElement[bool]]:
    return (_CONDITIONS[name](value) for name, value in asdict(which).items() if value is not None)


def _action_is(text: str) -> ColumnElement[bool]:
    if not text.endswith("."):
        return A.action == text
    # The part before the first dot is indexed by time; the rest only matters to names of more than two parts.
    return and_(func.split_part(A.action, ".", 1) == text.partition(".")[0], func.starts_with(A.action, text))


_CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "actor_id": lambda value: A.actor_id == value,
    "actor": lambda value: func.lower(A.actor_name) == func.lower(value),
    "action": _action_is,
    "object_type": lambda value: A.object_type == value,
    "object_id": lambda value: A.object_id == value,
    "source": lambda value: A.source == value,
    "request_id": lambda value: A.request_id == value,
    "since": lambda value: A.at >= value,
    "until": lambda value: A.at < value,
}
