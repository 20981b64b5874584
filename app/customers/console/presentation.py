"""Customers and segments in the words of the console."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import current_app

from app.audit import queries as audit_queries
from app.audit.models import AuditEntry
from app.core import clock, context, money
from app.core.roles import Role
from app.core.web import settings_of
from app.customers.rules import Rules

CSV_HEADER = (
    "id",
    "username",
    "email",
    "first_name",
    "last_name",
    "is_active",
    "latitude",
    "longitude",
    "in_app_opt_in",
    "email_opt_in",
    "segment_ids",
    "orders",
    "spend",
    "last_order_at",
    "last_notified_at",
    "joined_at",
)
MOMENTS = {"last_order_at", "last_notified_at", "joined_at"}
SHOWN_ENTRIES = 50


def csv_rows(rows: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """The rows of the export."""
    for row in rows:
        yield [_cell(name, getattr(row, name)) for name in CSV_HEADER]


def history(customer_id: int) -> list[AuditEntry]:
    """What was done to a customer, who is a user too: newest first."""
    entries = [each for kind in ("customer", "user") for each in audit_queries.of_object(kind, customer_id)]
    return sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True)[:SHOWN_ENTRIES]


def worded(rules: Rules, stores: Mapping[int, str]) -> list[str]:
    """Each rule as a sentence."""
    return [_sentence(rule, stores) for rule in rules["rules"]]


def can_edit() -> bool:
    """Whether the caller may change anything here."""
    who = context.principal()
    return who is not None and who.can(Role.OPERATOR)


def _sentence(rule: Rules, stores: Mapping[int, str]) -> str:
    if rule["type"] == "joined_within":
        return f"Joined within the last {_counted(rule['days'], 'day')}"
    if rule["type"] == "ordered":
        orders, days = _counted(rule["at_least"], "paid order"), _counted(rule["within_days"], "day")
        return f"Has at least {orders}, the last within {days}"
    if rule["type"] == "spent":
        return f"Spent at least {money.show(Decimal(rule['at_least']), settings_of(current_app).currency)}"
    return f"Is within {rule['km']:g} km of {stores.get(rule['store_id'], 'a store that is gone')}"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _cell(name: str, value: Any) -> Any:
    if name == "segment_ids":
        return " ".join(map(str, value))
    return clock.rfc3339(value) if name in MOMENTS and value is not None else value
