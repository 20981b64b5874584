"""Running all invariants in one read-only snapshot, and those of core."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.core.db import db
from app.core.invariants import INVARIANTS, Invariant, never

SHOWN_ROWS = 20

never(
    "core.idempotency_answered",
    "a remembered Idempotency-Key has its answer",
    "SELECT user_id, route, key FROM idempotency_keys WHERE status IS NULL OR body IS NULL",
)


@dataclass(frozen=True)
class Finding:
    """What one invariant found."""

    invariant: Invariant
    rows: list[dict[str, Any]]


def run() -> list[Finding]:
    """Every invariant, seen at the same instant."""
    snapshot = db.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with snapshot.connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        return [
            Finding(invariant, [dict(row._mapping) for row in connection.execute(text(invariant.breaches)).fetchmany(SHOWN_ROWS)])
            for invariant in sorted(INVARIANTS, key=lambda each: each.name)
        ]
