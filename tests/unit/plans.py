"""What PostgreSQL did for a statement: the nodes of its plan, and how many rows of a table they looked at."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import event, text

# An autovacuum may have a table just when something else is to be done with it.
WAITS = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'"


def patient(session: Any) -> None:
    """Let it wait longer than a request."""
    session.execute(text(WAITS))


def asked(session: Any, act: Callable[[], object]) -> list[Any]:
    """The statements that an action sends."""
    connection, seen = session.connection(), list[Any]()
    event.listen(connection, "before_cursor_execute", note := lambda *given: seen.append(given[2:4]))
    act()
    event.remove(connection, "before_cursor_execute", note)
    return seen


def planned(session: Any, statement: Any, values: Any) -> dict[str, Any]:
    """The plan of a statement, after it was run."""
    plan = session.connection().exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
    found: dict[str, Any] = plan.scalar()[0]["Plan"]
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of a plan."""
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def read(plan: dict[str, Any], table: str) -> float:
    """How many rows of a table the scans of a plan looked at."""
    own = [node for node in nodes(plan) if node.get("Relation Name") == table]
    return float(
        sum((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in own)
    )
