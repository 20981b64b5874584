"""Writing the audit log, in the transaction of what it tells."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text

from app.audit.models import AuditEntry
from app.core import context, jsons
from app.core.db import session

SECRET = re.compile("password|secret|token|hash", re.IGNORECASE)


def record(
    action: str,
    *,
    object_type: str,
    object_id: object,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
) -> None:
    """Write down what was done, by whom, from where; a field that is named like a secret is a programming error."""
    if secrets := sorted(filter(SECRET.search, _names([old, new]))):
        raise ValueError(f"{action} would write {', '.join(secrets)} into the audit log for ever")
    who = context.principal()
    session().add(
        AuditEntry(
            actor_id=who.user_id if who else None,
            actor_name=who.username if who else "system",
            actor_role=str(who.role) if who else None,
            action=action,
            object_type=object_type,
            object_id=str(object_id),
            old=_plain(old),
            new=_plain(new),
            request_id=context.request_id(),
            source=context.source(),
        )
    )


def surroundings() -> str:
    """Who acts, from where, under which request, as SQL functions that write entries themselves take it."""
    who = context.principal()
    return jsons.dump(
        {
            "id": who.user_id if who else None,
            "name": who.username if who else "system",
            "role": who.role if who else None,
            "request_id": context.request_id(),
            "source": context.source(),
        }
    ).decode()


def make_partitions() -> None:
    """Make the partitions of the coming year, long before they are needed."""
    session().execute(text("SELECT audit_make_partitions(12)"))


def _plain(values: dict[str, Any] | None) -> dict[str, Any]:
    plain: dict[str, Any] = jsons.parse(jsons.dump(values or {}))
    return plain


def _names(value: Any) -> Iterator[str]:
    """The name of every field, however deep."""
    if isinstance(value, dict):
        yield from map(str, value)
        value = list(value.values())
    if isinstance(value, list | tuple):
        for child in value:
            yield from _names(child)
