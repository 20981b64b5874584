"""The audit log is append-only, by month, and tells who did what from where."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.audit import queries, service
from app.audit.errors import AuditAppendOnly
from app.core import context, db
from app.core.context import Principal
from app.core.roles import Role
from app.core.sqlstate import translated
from app.core.web import HoldfastApp
from tests.unit.plans import WAITS

SOMEBODY = Principal(7, "somebody", Role.OPERATOR, "a session")
BOUNDS = """
    SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'audit_log'::regclass AND c.relname <> 'audit_log_rest' ORDER BY 1
"""
ENTRY = """
    INSERT INTO audit_log (at, actor_name, action, object_type, object_id, old, new, request_id, source)
    VALUES (%s, 'somebody', 'thing.made', 'thing', '1', '{}', '{}', 'r', 'cli') RETURNING tableoid::regclass::text
"""

HISTORY = """
    INSERT INTO audit_log (at, actor_name, action, object_type, object_id, old, new, request_id, source)
    SELECT clock_timestamp() + interval '1 s', 'somebody', kind || '.later', kind, id, '{}', '{}', 'r', 'cli'
    FROM (VALUES ('thing', '5'), ('order', '5'), ('thing', '6')) AS objects(kind, id)
"""


@pytest.fixture
def entry(app: HoldfastApp, clean: None) -> Iterator[Any]:
    """One entry."""
    with app.app_context(), context.surroundings(source="console", request_id="r-1", who=SOMEBODY):
        with db.transaction():
            service.record("thing.changed", object_type="thing", object_id=5, old={"a": 1}, new={"a": 2})
        with db.statement():
            yield queries.of_object("thing", 5)[0]


@pytest.fixture
def undone(app: HoldfastApp, db_url: str) -> Iterator[Any]:
    """A cursor whose work is undone."""
    connection = psycopg2.connect(db_url)
    with connection.cursor() as cursor:
        yield cursor
    connection.rollback()
    connection.close()


def test_an_entry_tells_who_did_what_from_where(entry: Any) -> None:
    assert (entry.actor_id, entry.actor_name, entry.actor_role) == (7, "somebody", "operator")
    assert (entry.action, entry.object_type, entry.object_id) == ("thing.changed", "thing", "5")
    assert (entry.old, entry.new, entry.request_id, entry.source) == ({"a": 1}, {"a": 2}, "r-1", "console")


def test_what_nobody_did_the_system_did(app: HoldfastApp, clean: None) -> None:
    with app.app_context(), context.surroundings(source="job"), db.transaction() as session:
        service.record("thing.made", object_type="thing", object_id=5)
        session.flush()
        made = queries.of_object("thing", 5)[0]
        assert (made.actor_id, made.actor_name, made.actor_role, made.old) == (None, "system", None, {})


def test_the_history_of_an_object_is_its_own_and_begins_with_the_newest(entry: Any) -> None:
    db.session().execute(text(HISTORY))
    assert [each.action for each in queries.of_object("thing", 5)] == ["thing.later", "thing.changed"]
    assert [each.action for each in queries.of_object("thing", 5, limit=1)] == ["thing.later"]


@pytest.mark.parametrize(
    "change", ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"], ids=lambda s: s[:6]
)
def test_the_database_refuses_to_change_it(entry: Any, change: str) -> None:
    with pytest.raises(SQLAlchemyError) as caught:
        db.session().execute(text(f"{WAITS}; {change}"))
    assert isinstance(translated(caught.value), AuditAppendOnly)
    assert len(queries.of_object("thing", 5)) == 1


@pytest.mark.parametrize("change", ["UPDATE {} SET action = 'x'", "DELETE FROM {}", "TRUNCATE {}"], ids=lambda s: s[:6])
def test_no_partition_is_a_way_round_the_refusal(undone: Any, change: str) -> None:
    undone.execute("SELECT audit_make_partitions(20)")
    undone.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_log'::regclass")
    partitions = [name for (name,) in undone.fetchall()]
    assert len(partitions) > 20
    undone.execute(ENTRY, ("2999-01-01T00:00:00Z",))
    undone.execute(ENTRY, ("now",))
    for name in partitions if change.startswith("TRUNCATE") else ["audit_log_rest", undone.fetchone()[0]]:
        undone.execute("SAVEPOINT before")
        with pytest.raises(psycopg2.Error, match="audit_append_only"):
            undone.execute(change.format(name))
        undone.execute("ROLLBACK TO before")


def record_and_fail() -> None:
    service.record("thing.made", object_type="thing", object_id=5)
    db.flush()
    raise ZeroDivisionError


def test_an_entry_goes_with_the_transaction_that_it_tells_of(app: HoldfastApp, clean: None) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError), db.transaction():
            record_and_fail()
        with db.statement():
            assert queries.of_object("thing", 5) == []


def test_making_partitions_again_makes_what_is_missing(undone: Any) -> None:
    undone.execute(BOUNDS)
    before = undone.fetchall()
    undone.execute("SELECT audit_make_partitions(%s)", (len(before) - 1,))
    undone.execute(BOUNDS)
    assert undone.fetchall() == before
    undone.execute("SELECT audit_make_partitions(%s)", (len(before) + 1,))
    undone.execute(BOUNDS)
    assert len(undone.fetchall()) == len(before) + 2


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def test_a_month_begins_in_utc_wherever_its_partition_is_made(undone: Any, zone: str) -> None:
    undone.execute("SET LOCAL TIME ZONE %s; SELECT audit_make_partitions(20); SET LOCAL TIME ZONE 'UTC'", (zone,))
    undone.execute(BOUNDS)
    months = [
        (name, *map(datetime.fromisoformat, re.findall(r"'(.+?)'", bounds))) for name, bounds in undone.fetchall()
    ]
    assert len(months) > 20
    assert [name for name, *_ in months] == [f"audit_log_{start:%Y_%m}" for _, start, _ in months]
    assert all((start.day, start.hour, start.utcoffset()) == (1, 0, timedelta(0)) for _, start, _ in months)
    assert [end for *_, end in months][:-1] == [start for _, start, _ in months][1:]


def test_the_last_microsecond_of_a_month_is_of_that_month(undone: Any) -> None:
    undone.execute(BOUNDS)
    (first, bounds), (second, _) = undone.fetchall()[:2]
    edge = datetime.fromisoformat(re.findall(r"'(.+?)'", bounds)[1])
    for moment, partition in ((edge - timedelta(microseconds=1), first), (edge, second)):
        undone.execute(ENTRY, (moment,))
        assert undone.fetchone() == (partition,)


def test_a_moment_without_a_month_is_kept_all_the_same(undone: Any) -> None:
    undone.execute(ENTRY, ("2999-01-01T00:00:00Z",))
    assert undone.fetchone() == ("audit_log_rest",)


def test_no_partition_can_be_emptied(sql: Any) -> None:
    sql.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_log'::regclass")
    partitions = [name for (name,) in sql.fetchall()]
    assert "audit_log_rest" in partitions
    for name in ["audit_log", *partitions]:
        with pytest.raises(psycopg2.Error, match="audit_append_only"):
            sql.execute(f"TRUNCATE {name}")


@pytest.mark.parametrize(
    "facts",
    [
        {"password": "x"},
        {"new_password": "x"},
        {"apiSecret": "x"},
        {"ACCESS_TOKEN": "x"},
        {"token_hash": "x"},
        {"kept": {"deep": [{"Passwords": []}]}},
    ],
    ids=str,
)
@pytest.mark.parametrize("side", ["old", "new"])
def test_a_field_that_is_named_like_a_secret_is_never_written(
    app: HoldfastApp, clean: None, side: str, facts: dict[str, Any]
) -> None:
    with app.app_context(), db.transaction() as session:
        with pytest.raises(ValueError, match="into the audit log for ever"):
            service.record("thing.made", object_type="thing", object_id=5, **{side: facts})
        assert list(session.new) == []


def test_a_secret_word_in_a_value_is_no_secret(app: HoldfastApp, clean: None) -> None:
    with app.app_context(), db.transaction():
        service.record("thing.made", object_type="thing", object_id=5, new={"name": "The password of hash tokens"})
        db.flush()
        assert len(queries.of_object("thing", 5)) == 1
