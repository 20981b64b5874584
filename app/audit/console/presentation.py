"""What a person asks of the audit log, and what an export says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from app.audit.queries import AuditFilter
from app.core import clock, filters, jsons

SOURCES = {"api": "API", "console": "Console", "job": "Job", "cli": "Command line"}
LONGEST = {"actor": 100, "action": 60, "object_type": 40, "object_id": 40, "request_id": 128}
CSV_HEADER = (
    *("id", "at", "actor_id", "actor_name", "actor_role", "action", "object_type", "object_id"),
    *("source", "request_id", "old", "new"),
)


def asked(args: Mapping[str, str], zone: str) -> tuple[AuditFilter, dict[str, str]]:
    """The filter in an address, and what its form shows again; days are those of the zone, the last one included."""
    texts = {name: args.get(name, "").replace("\0", "").strip()[:longest] for name, longest in LONGEST.items()}
    actor_id, source = args.get("actor_id", ""), args.get("source", "")
    texts["actor_id"] = actor_id if actor_id.isascii() and actor_id.isdecimal() and len(actor_id) < 19 else ""
    texts["source"] = source if source in SOURCES else ""
    first, last = (filters.day(args.get(name, "")) for name in ("start_date", "end_date"))
    given: dict[str, Any] = {name: text for name, text in texts.items() if text}
    if texts["actor_id"]:
        given["actor_id"] = int(actor_id)
    if first:
        given["since"] = clock.beginning(first, zone)
    if last:
        given["until"] = clock.beginning(last + timedelta(days=1), zone)
    days = {"start_date": first.isoformat() if first else "", "end_date": last.isoformat() if last else ""}
    return AuditFilter(**given), texts | days


def csv_rows(entries: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """The rows of the export."""
    for entry in entries:
        facts = entry._asdict() | {"at": clock.rfc3339(entry.at)}
        facts |= {side: jsons.dump(facts[side]).decode() for side in ("old", "new")}
        yield [facts[name] for name in CSV_HEADER]
