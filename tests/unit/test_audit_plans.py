"""A page of the audit log costs the same however long the log is: each filter walks an index of its own."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, text

from app.audit import queries
from app.audit.queries import AuditFilter
from app.core import db
from app.core.web import HoldfastApp
from tests.unit.plans import patient

# Five months of 4,000 entries each; one actor, action, kind, type, object, request and source in 400 is rare.
FILL = text("""
    INSERT INTO audit_log
        (at, actor_id, actor_name, actor_role, action, object_type, object_id, old, new, request_id, source)
    SELECT date_trunc('month', clock_timestamp()) + make_interval(months => i / 4000, secs => i % 4000),
           CASE WHEN rare THEN 1 ELSE 2 END, CASE WHEN rare THEN 'Rare' ELSE 'Often' END, 'operator',
           CASE WHEN rare THEN 'rare.done' ELSE 'often.done' END, CASE WHEN rare THEN 'rare' ELSE 'often' END,
           CASE WHEN rare THEN 'rare' ELSE i::text END, '{}', '{}', CASE WHEN rare THEN 'r' ELSE i::text END,
           CASE WHEN rare THEN 'cli' ELSE 'api' END
    FROM (SELECT i, i % 400 = 0 AS rare FROM generate_series(0, 19999) AS i) AS numbered
""")
PARENT = text("SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = CAST(:name AS regclass)")
LIMIT = 5
BY_INDEX: dict[str, dict[str, Any]] = {
    "ix_audit_log_at_id": {},
    "ix_audit_log_actor_id_at_id": {"actor_id": 1},
    "ix_audit_log_actor": {"actor": "RARE"},
    "ix_audit_log_action_at_id": {"action": "rare.done"},
    "ix_audit_log_kind": {"action": "rare."},
    "ix_audit_log_object_type_at_id": {"object_type": "rare"},
    "ix_audit_log_object_id_object_type_at_id": {"object_type": "rare", "object_id": "rare"},
    "ix_audit_log_source_at_id": {"source": "cli"},
    "ix_audit_log_request_id_at_id": {"request_id": "r"},
}


@pytest.fixture
def filled(app: HoldfastApp, clean: None) -> Iterator[Any]:
    """A session that sees a long log, which is undone afterwards."""
    with app.app_context():
        session = db.session()
        patient(session)
        session.execute(FILL)
        session.execute(text("ANALYZE audit_log"))
        # So few rows may be read from end to end as fast; of a long log they never are.
        session.execute(text("SET LOCAL enable_seqscan = off"))
        yield session
        session.rollback()


def plan_of_second_page(session: Any, which: AuditFilter) -> Any:
    """How PostgreSQL found a page in the midst of the list."""
    return plan_of_page(session, which, queries.page(which, limit=LIMIT, cursor=None).next_cursor, rows=LIMIT)


def plan_of_page(session: Any, which: AuditFilter, cursor: str | None, *, rows: int) -> Any:
    """How PostgreSQL found the page after a cursor."""
    asked: list[Any] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
    assert len(queries.page(which, limit=LIMIT, cursor=cursor).rows) == rows
    statement, values = asked[0]
    return connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).scalar()[0]["Plan"]


def scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes that read a table or an index."""
    if "Scan" in node["Node Type"]:
        yield node
    for child in node.get("Plans", []):
        yield from scans(child)


def indexes(session: Any, found: Iterable[dict[str, Any]]) -> set[str]:
    """The indexes of the log whose parts gave rows; by which one an empty month is asked says nothing."""
    names = [scan["Index Name"] for scan in found if "Index Name" in scan and scan["Actual Rows"]]
    return {session.scalar(PARENT, {"name": name}) for name in names}


@pytest.mark.parametrize("index", BY_INDEX)
def test_a_page_is_read_by_the_index_of_its_filter_and_no_further_than_it_shows(filled: Any, index: str) -> None:
    found = list(scans(plan_of_second_page(filled, AuditFilter(**BY_INDEX[index]))))
    assert indexes(filled, found) == {index}, json.dumps(found)
    read = sum(scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) for scan in found)
    assert read <= LIMIT + 1 + len(found)  # one of each month, to see which is the newest


def test_a_time_reads_only_its_months(filled: Any) -> None:
    since, until = filled.execute(
        text(
            "SELECT date_trunc('month', clock_timestamp()) + make_interval(months => m) FROM (VALUES (1), (2)) AS v(m)"
        )
    ).scalars()
    [scan] = scans(plan_of_second_page(filled, AuditFilter(since=since, until=until)))
    assert scan["Relation Name"] == f"audit_log_{since:%Y_%m}"
    assert scan["Actual Rows"] <= LIMIT + 1


def test_an_object_id_alone_finds_its_entries_of_every_type(filled: Any) -> None:
    found = list(scans(plan_of_page(filled, AuditFilter(object_id="7"), None, rows=1)))
    assert indexes(filled, found) == {"ix_audit_log_object_id_object_type_at_id"}, json.dumps(found)
