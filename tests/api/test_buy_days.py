"""Days of buys: each record in the partition of the UTC day on which it came, never refused, dropped when it is old."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest

from app.buys.service import folding, retention
from app.core import context, db
from app.core.web import HoldfastApp, settings_of
from tests.api.made_orders import breaches

LOG = "SELECT total FROM buys_log(1, 1, 1, 1, %s, '{}', NULL)"
PARTITIONS = """
    SELECT c.relname FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid WHERE inhparent = 'buys'::regclass
    ORDER BY c.relname
"""
RECORD = """
    INSERT INTO buys (lane, number, received_at, happened_at, user_id, promotion_id, product_id, quantity)
    VALUES (%s, %s, %s, %s, 1, 1, 1, 1) RETURNING tableoid::regclass::text
"""


@pytest.fixture
def undone(app: HoldfastApp, clean: None, db_url: str) -> Iterator[Any]:
    """A cursor whose work, partitions too, is undone at the end."""
    connection = psycopg2.connect(db_url)
    with connection.cursor() as cursor:
        cursor.execute("SET timezone = 'Pacific/Auckland'")
        yield cursor
    connection.rollback()
    connection.close()


def asked(cursor: Any, statement: str, *values: object) -> list[Any]:
    cursor.execute(statement, values)
    return [row[0] for row in cursor.fetchall()]


def midnight(days: int) -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)


def named(days: int) -> str:
    return f"buys_{midnight(days):%Y_%m_%d}"


def test_at_midnight_a_record_goes_to_the_day_on_which_it_came(undone: Any) -> None:
    moment = timedelta(microseconds=1)
    for number, (at, home) in enumerate([(midnight(1) - moment, named(0)), (midnight(1), named(1))]):
        assert asked(undone, RECORD, 1, number, at, at - timedelta(days=3)) == [home]


def test_partitions_are_made_two_weeks_ahead_and_made_again_make_none(undone: Any) -> None:
    asked(undone, "SELECT buys_make_partitions(14)")
    assert {named(day) for day in range(-1, 15)} <= set(asked(undone, PARTITIONS))
    assert asked(undone, "SELECT buys_make_partitions(14)") == [0]
    assert asked(undone, "SELECT buys_make_partitions(16)") == [2]
    assert {named(15), named(16)} <= set(asked(undone, PARTITIONS))


def test_a_day_without_partition_refuses_no_buy_and_the_next_day_has_one_again(undone: Any) -> None:
    undone.execute(f"DROP TABLE {named(0)}; DROP TABLE {named(1)}")
    assert asked(undone, LOG, None) == [1]
    assert asked(undone, "SELECT tableoid::regclass::text FROM buys") == ["buys_rest"]
    assert asked(undone, "SELECT buys_make_partitions(14)") == [1]
    assert named(0) not in asked(undone, PARTITIONS)
    assert named(1) in asked(undone, PARTITIONS)
    assert asked(undone, LOG, None) == [2]
    assert asked(undone, "SELECT buys_fold(10, false)") == [2]
    assert asked(undone, "SELECT records FROM buys_stats(1)") == [2]


def test_old_days_are_dropped_and_only_they(undone: Any) -> None:
    for day in (-40, -11, -10, -9):
        at = midnight(day)
        undone.execute(
            f"CREATE TABLE {named(day)} PARTITION OF buys FOR VALUES FROM (%s) TO (%s)", (at, at + timedelta(days=1))
        )
        undone.execute(RECORD, (1, day + 100, at, at))
    undone.execute(RECORD, (2, 1, midnight(-50), midnight(-50)))
    undone.execute(RECORD, (2, 2, midnight(-5), midnight(-5)))
    assert asked(undone, "SELECT buys_forget(10, 100)") == [3]
    assert asked(undone, "SELECT received_at FROM buys ORDER BY 1") == [midnight(-10), midnight(-9), midnight(-5)]
    left = asked(undone, PARTITIONS)
    assert {named(-10), named(-9), "buys_rest"} <= set(left)
    assert not {named(-40), named(-11)} & set(left)
    assert asked(undone, "SELECT buys_forget(10, 100)") == [0]


def test_what_is_not_in_the_figures_yet_is_not_dropped(undone: Any) -> None:
    undone.execute(LOG, (None,))
    undone.execute("UPDATE buys SET received_at = received_at - interval '30 days'")
    undone.execute("UPDATE buy_lanes SET since = since - interval '30 days'")
    assert asked(undone, "SELECT buys_forget(10, 100)") == [0]
    assert asked(undone, "SELECT buys_fold(10, false)") == [1]
    assert asked(undone, "SELECT buys_forget(10, 100)") == [1]
    assert asked(undone, "SELECT count(*) FROM buys") == [0]
    assert asked(undone, LOG, None) == [2]
    assert asked(undone, "SELECT records FROM buys_stats(1)") == [2]


@pytest.mark.parametrize("hours", [20, 200])
def test_records_that_came_when_the_clock_was_behind_are_folded_all_the_same(undone: Any, hours: int) -> None:
    for _ in range(2):
        undone.execute(LOG, (None,))
        assert asked(undone, "SELECT buys_fold(10, false)") == [1]
    undone.execute(LOG, (None,))
    undone.execute("UPDATE buys SET received_at = received_at - %s * interval '1 hour' WHERE number = 3", (hours,))
    assert asked(undone, "SELECT records FROM buys_stats(168)") == [3]
    for folded in (1, 0):
        assert asked(undone, "SELECT recent FROM buys_stats(168)") == [3]
        assert asked(undone, "SELECT buys_fold(10, false)") == [folded]


def test_a_fold_takes_so_many_of_a_lane_and_goes_on_where_it_stopped(undone: Any) -> None:
    for _ in range(7):
        undone.execute(LOG, (None,))
    assert [asked(undone, "SELECT buys_fold(3, false)")[0] for _ in range(4)] == [3, 3, 1, 0]
    assert asked(undone, "SELECT sum(records) FROM buy_rollups WHERE grain = 'instant'") == [7]


def test_two_folds_at_once_are_one_and_the_other_leaves(undone: Any, sql: Any) -> None:
    sql.execute(LOG, (None,))
    assert asked(undone, "SELECT buys_fold(10, false)") == [1]
    assert asked(sql, "SELECT buys_fold(10, false)") == [0]
    undone.connection.rollback()
    assert asked(sql, "SELECT buys_fold(10, false)") == [1]


def test_figures_and_keys_are_forgotten_by_their_age(app: HoldfastApp, clean: None, sql: Any) -> None:
    for days in (7.5, 8.5, 95, 1200):
        for promotion, grain in [
            (0, "instant"),
            (0, "day"),
            *((5, each) for each in ("second", "minute", "quarter", "day")),
        ]:
            sql.execute(
                "INSERT INTO buy_rollups VALUES (%s, %s, clock_timestamp() - make_interval(secs => %s), 1, 1)",
                (promotion, grain, days * 86400),
            )
        sql.execute("INSERT INTO buy_shares VALUES (5, 'buyer', CURRENT_DATE - %s::int, 1, 1, 1)", (int(days),))
        sql.execute(
            "INSERT INTO buy_keys VALUES (gen_random_uuid(), clock_timestamp() - %s * interval '1 day')", (days,)
        )
    sql.execute("INSERT INTO buy_keys VALUES (gen_random_uuid(), clock_timestamp() - interval '6.9 days')")
    chosen = settings_of(app)
    with app.app_context(), context.surroundings(source="job"), db.transaction():
        assert retention.forget_figures(chosen) == 3 + 3 + 2 + 1 + 1
        assert retention.forget_shares(chosen) == 1
        assert retention.forget_keys() == 4
    sql.execute("SELECT grain, promotion_id, count(*)::int FROM buy_rollups GROUP BY 1, 2")
    left = {("instant", 0, 1), ("day", 0, 4), ("second", 5, 1), ("minute", 5, 2), ("quarter", 5, 3), ("day", 5, 3)}
    assert set(sql.fetchall()) == left
    assert asked(sql, "SELECT count(*) FROM jobs") == [0]


def test_a_full_batch_asks_for_the_next(
    app: HoldfastApp, clean: None, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for _ in range(3):
        sql.execute("INSERT INTO buy_keys VALUES (gen_random_uuid(), clock_timestamp() - interval '8 days')")
    with app.app_context(), context.surroundings(source="job"), db.transaction():
        assert retention.forget_keys() == 2
    assert asked(sql, "SELECT name FROM jobs") == ["buys.forget_keys"]


BREAK = {
    "buys.lanes": "UPDATE buy_lanes SET records = records + 1",
    "buys.records": "DELETE FROM buy_lanes",
    "buys.totals": "UPDATE buy_lanes SET units = units + 1",
    "buys.rollups": "UPDATE buy_rollups SET units = units + 1 WHERE grain = 'hour' AND promotion_id <> 0",
    "buys.grains": "DELETE FROM buy_rollups WHERE grain = 'instant'",
    "buys.shares": "UPDATE buy_shares SET units = units + 1 WHERE kind = 'product'",
    "buys.once": "UPDATE buys SET event_id = '00000000-0000-0000-0000-000000000001'",
}


@pytest.mark.parametrize("name", BREAK)
def test_each_invariant_finds_what_breaks_it(app: HoldfastApp, clean: None, sql: Any, name: str) -> None:
    for _ in range(3):
        sql.execute(LOG, (None,))
    with app.app_context(), db.transaction():
        assert folding.fold() == 3
    assert breaches(app) == []
    sql.execute(BREAK[name])
    assert name in {found for found, _ in breaches(app)}
