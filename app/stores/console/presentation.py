"""Stores as the console shows them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.audit.models import AuditEntry
from app.core import clock

FIELDS = ("name", "latitude", "longitude", "timezone", "is_active")
LABELS = dict(zip(FIELDS, ("Name", "Latitude", "Longitude", "Time zone", "State"), strict=True))
CSV_HEADER = ("id", *FIELDS, "created_at", "updated_at")


@dataclass(frozen=True)
class Change:
    """An audit entry as a line of the timeline."""

    at: datetime
    actor_name: str
    source: str
    action: str
    old: dict[str, Any]
    new: dict[str, Any]
    request_id: str


def shown(row: Any) -> dict[str, Any]:
    """A row with its local time."""
    return {**row._asdict(), "local_time": clock.utcnow().astimezone(ZoneInfo(row.timezone))}


def history(entries: Iterable[AuditEntry]) -> list[Change]:
    """The timeline of a store."""
    return [
        Change(
            entry.at,
            entry.actor_name,
            entry.source,
            entry.action,
            _worded(entry.old),
            _worded(entry.new),
            entry.request_id,
        )
        for entry in entries
    ]


def csv_rows(rows: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """The rows of the export."""
    for row in rows:
        values = [getattr(row, name) for name in ("id", *FIELDS)]
        yield [*values, clock.rfc3339(row.created_at), clock.rfc3339(row.updated_at)]


def _worded(values: Mapping[str, Any]) -> dict[str, Any]:
    states = {True: "Active", False: "Inactive"}
    return {
        LABELS[name]: states[values[name]] if name == "is_active" else values[name] for name in FIELDS if name in values
    }
