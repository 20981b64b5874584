"""How far a transaction is, answered from Redis when that is good enough.

The hash `transaction:<uuid>` is written after the commit of what it tells, and read here alone: no decision about money
looks at it. An ended transaction stays what it is, so its hash may be believed for as long as it lives; any other one
only for two seconds. Redis flushed, stopped or behind only costs the query.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core import db, glimpses
from app.core.clock import rfc3339
from app.core.glimpses import Glimpse
from app.offers.errors import TransactionNotFound
from app.offers.queries import activations
from app.offers.rules import ENDED, STATUSES

BELIEVED_SECONDS = 2
FIELDS = frozenset({"transaction_id", "user_id", "offer_id", "amount", "status", "created_at", "updated_at"})


def status_of(*, transaction_id: UUID, user_id: int) -> Mapping[str, str]:
    """The transaction as text; somebody else's is not there."""
    found = glimpses.glimpse(_name(transaction_id))
    fields = found.fields if found and _is_good(found) else _asked(transaction_id)
    if fields["user_id"] != str(user_id):
        raise TransactionNotFound(transaction_id=transaction_id)
    return fields


def show_all(row: Any) -> None:
    """Let Redis show a transaction once it is kept."""
    fields = _fields(row)
    db.after_commit(lambda: glimpses.leave(_name(row.id), fields))


def show_change(row: Any) -> None:
    """Let Redis show what has changed of a transaction once it is kept."""
    fields = {"status": row.status, "updated_at": rfc3339(row.updated_at)}
    db.after_commit(lambda: glimpses.leave(_name(row.id), fields))


def _asked(transaction_id: UUID) -> Mapping[str, str]:
    row = activations.activation(transaction_id)
    show_all(row)
    return _fields(row)


def _fields(row: Any) -> dict[str, str]:
    return {
        "transaction_id": str(row.id),
        **{name: str(getattr(row, name)) for name in ("user_id", "offer_id", "amount", "status")},
        **{name: rfc3339(getattr(row, name)) for name in ("created_at", "updated_at")},
    }


def _is_good(found: Glimpse) -> bool:
    status = found.fields.get("status")
    if status not in STATUSES or not found.fields.keys() >= FIELDS:
        return False
    return status in ENDED or found.age_seconds <= BELIEVED_SECONDS


def _name(transaction_id: UUID) -> str:
    return f"transaction:{transaction_id}"
