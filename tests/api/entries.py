"""Audit entries written straight into the table."""

import json
from collections.abc import Iterable
from typing import Any

FACTS: dict[str, Any] = {
    "at": "2030-01-10T12:00:00Z",
    "actor_id": 7,
    "actor_name": "Ada",
    "actor_role": "operator",
    "action": "store.updated",
    "object_type": "store",
    "object_id": "5",
    "old": {"name": "Berlin"},
    "new": {"name": "Bremen"},
    "request_id": "r-1",
    "source": "api",
}
INSERT = f"INSERT INTO audit_log ({', '.join(FACTS)}) VALUES ({', '.join(['%s'] * len(FACTS))}) RETURNING id"  # noqa: S608 - columns of ours


def entry(sql: Any, **facts: Any) -> int:
    """An entry that says this, and the usual of everything else."""
    row = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in (FACTS | facts).items()}
    sql.execute(INSERT, list(row.values()))
    made: int = sql.fetchone()[0]
    return made


def ids(rows: Iterable[dict[str, Any]]) -> list[int]:
    """Which entries these are."""
    return [row["id"] for row in rows]
