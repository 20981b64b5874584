"""`POST /buy` and `GET /stats`: each buy counted once, at the moment that its headers tell, and exact at once."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from app.buys.service import folding
from app.core import db
from app.core.web import HoldfastApp
from tests.api.made_orders import breaches
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.callers import Caller

BUY, STATS = "/api/v1/buy", "/api/v1/stats"
WISH = {"user_id": 7, "promotion_id": 3, "product_id": 12, "product_quantity": 2}


@pytest.fixture(autouse=True)
def books(app: HoldfastApp, clean: None) -> Iterator[None]:
    """Whatever a test does, records, lanes and figures agree, folded or not."""
    yield
    assert breaches(app) == []
    fold(app)
    assert breaches(app) == []


def fold(app: HoldfastApp) -> int:
    with app.app_context(), db.transaction():
        return folding.fold()


def buy(client: FlaskClient, headers: Any = None, **changes: Any) -> Any:
    answer = client.post(BUY, json=WISH | changes, headers=headers or {})
    assert answer.status_code == 200, answer.text
    return answer.json


def stats(viewer: Caller, hours: float = 24) -> Any:
    answer = viewer.get(f"{STATS}?timeframe_hours={hours}")
    assert answer.status_code == 200, answer.text
    return answer.json


def happened(sql: Any) -> datetime:
    sql.execute("SELECT happened_at FROM buys")
    ((moment,),) = sql.fetchall()
    return moment  # type: ignore[no-any-return]  # a moment


@pytest.fixture
def viewer(caller: Any) -> Caller:
    made: Caller = caller("viewer")
    return made


def test_a_buy_is_counted_and_kept_as_it_was_told(client: FlaskClient, sql: Any) -> None:
    assert buy(client) == {"success": True, "buy_count": 2, "message": "Buy logged successfully. Total buys: 2"}
    assert buy(client, product_quantity=100_000)["buy_count"] == 100_002
    sql.execute(
        "SELECT user_id, promotion_id, product_id, quantity, host(address), event_id FROM buys ORDER BY quantity"
    )
    assert sql.fetchall() == [(7, 3, 12, 2, "127.0.0.1", None), (7, 3, 12, 100_000, "127.0.0.1", None)]


def test_fields_that_nobody_knows_are_tolerated_however_strange(client: FlaskClient) -> None:
    more: dict[str, Any] = {"cart": {"a": [1, None]}, "a\0b": "\0", "price": "9.99", "timestamp": 5}
    assert buy(client, **more)["buy_count"] == 2


@pytest.mark.parametrize(
    "change",
    [
        {"user_id": 0},
        {"promotion_id": -1},
        {"product_id": "12"},
        {"product_id": 2**63},
        {"product_quantity": 0},
        {"product_quantity": 100_001},
        {"product_quantity": True},
        {"event_id": "no uuid"},
        {"event_id": 5},
    ],
    ids=str,
)
def test_what_is_no_buy_is_refused_and_not_counted(client: FlaskClient, sql: Any, change: dict[str, Any]) -> None:
    problem = assert_problem(client.post(BUY, json=WISH | change), 422)
    assert [fault["pointer"] for fault in problem["errors"]] == [f"/{next(iter(change))}"]
    sql.execute("SELECT count(*) FROM buys")
    assert sql.fetchall() == [(0,)]


def test_an_event_is_counted_once_and_told_again_answered_with_the_present_count(client: FlaskClient) -> None:
    event = str(uuid4())
    assert buy(client, event_id=event)["buy_count"] == 2
    assert buy(client)["buy_count"] == 4
    again = buy(client, event_id=event.upper(), product_quantity=5, user_id=8)
    assert again == {"success": True, "buy_count": 4, "message": "Buy logged successfully. Total buys: 4"}
    assert buy(client, event_id=None)["buy_count"] == 6


def test_an_event_may_come_again_after_seven_days(client: FlaskClient, sql: Any) -> None:
    event = str(uuid4())
    buy(client, event_id=event)
    sql.execute("UPDATE buy_keys SET claimed_at = claimed_at - interval '7 days' + interval '1 minute'")
    assert buy(client, event_id=event)["buy_count"] == 2
    sql.execute("UPDATE buy_keys SET claimed_at = claimed_at - interval '1 minute'")
    sql.execute("UPDATE buys SET received_at = received_at - interval '7 days'")
    assert buy(client, event_id=event)["buy_count"] == 4
    assert buy(client, event_id=event)["buy_count"] == 4


def test_twins_of_one_event_are_one_buy(app: HoldfastApp) -> None:
    for _ in range(5):
        event = str(uuid4())
        answers = at_once(app, 8, lambda _: app.test_client().post(BUY, json=WISH | {"event_id": event}))  # noqa: B023 - asked at once
        assert {answer.status_code for answer in answers} <= {200, 503}
    with app.app_context(), db.statement() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM buys").scalar() == 5


@pytest.mark.parametrize("header", ["x-timestamp", "timestamp", "X-Request-Start", "X-Forwarded-Start"])
def test_a_buy_happened_when_its_headers_say(client: FlaskClient, sql: Any, header: str) -> None:
    ago = datetime.now(UTC) - timedelta(days=6, hours=23)
    buy(client, {header: f"t={ago.timestamp()}"})
    assert abs(happened(sql) - ago) <= timedelta(milliseconds=1)


@pytest.mark.parametrize(("seconds", "believed"), [(58, True), (62, False), (-604_790, True), (-604_810, False)])
def test_a_moment_that_is_too_far_away_falls_through_to_the_next(
    client: FlaskClient, sql: Any, seconds: float, believed: bool
) -> None:
    now = datetime.now(UTC)
    told, other = now + timedelta(seconds=seconds), now - timedelta(hours=1)
    buy(client, {"X-Timestamp": told.isoformat(), "X-Client-Time": "nan", "X-Queue-Start": other.isoformat()})
    assert abs(happened(sql) - (told if believed else other)) <= timedelta(milliseconds=1)


def test_without_a_moment_it_happened_when_it_was_received(client: FlaskClient, sql: Any) -> None:
    buy(client, {"X-Timestamp": "soon", "Timestamp": "1"})
    sql.execute(
        "SELECT received_at - happened_at < interval '1 ms' AND clock_timestamp() - happened_at < '9 s' FROM buys"
    )
    assert sql.fetchall() == [(True,)]


def test_nobody_who_is_not_behind_a_proxy_of_ours_says_where_he_is(client: FlaskClient, sql: Any) -> None:
    buy(client, {"X-Forwarded-For": "6.6.6.6", "Forwarded": "for=6.6.6.6", "X-Real-IP": "6.6.6.6"})
    sql.execute("SELECT host(address) FROM buys")
    assert sql.fetchall() == [("127.0.0.1",)]


def test_stats_are_exact_at_once_folded_or_not(app: HoldfastApp, client: FlaskClient, viewer: Caller) -> None:
    for turn in range(1, 9):
        buy(client, product_quantity=turn)
        if turn % 3 == 0:
            assert fold(app) == 3
        shown, units = stats(viewer), turn * (turn + 1) // 2
        assert (shown["total_buys"], shown["total_purchases"], shown["n_recent_buys"]) == (units, turn, turn)
        assert (shown["server_status"], shown["timeframe_hours"]) == ("running", 24)


@pytest.mark.parametrize("folded", [True, False])
@pytest.mark.parametrize("hours", [0.1, 0.75, 1, 5.5, 24, 47.25, 168])
def test_recent_buys_are_exact_at_both_edges(
    client: FlaskClient, viewer: Caller, sql: Any, hours: float, folded: bool
) -> None:
    buy(client)
    for _ in range(99):
        buy(client, {"X-Timestamp": str(time.time() - 10)})
    # A record a second from the edge on either side, some on it, some at each finer and coarser border around it.
    sql.execute(
        """
        UPDATE buys SET happened_at = date_trunc('milliseconds', clock_timestamp()) - make_interval(secs => %s * 3600)
            + (CASE WHEN number %% 2 = 0 THEN -1 ELSE 1 END) * make_interval(secs => 1.5 ^ (number %% 23) / 50)
        """,
        [hours],
    )
    sql.execute("UPDATE buys SET happened_at = least(clock_timestamp() + interval '50 s', happened_at)")
    if folded:
        sql.execute("SELECT buys_fold(1000, true)")
    for _ in range(5):
        shown = stats(viewer, hours)
        now = shown["current_time"]
        sql.execute(
            "SELECT count(*) FROM buys WHERE happened_at BETWEEN %s::timestamptz - make_interval(secs => %s) AND %s",
            [now, hours * 3600, now],
        )
        assert (shown["n_recent_buys"],) == sql.fetchone()


def test_figures_between_any_two_moments_are_those_of_the_records(
    app: HoldfastApp, client: FlaskClient, sql: Any
) -> None:
    """Moments are those of records, a millisecond beside them, and the borders of every grain."""
    base = datetime(2026, 3, 28, 22, 57, 58, 998000, tzinfo=UTC)
    steps = [0, 1, 2, 1000, 2000, 61_000, 121_002, 3_600_000, 3_722_002, 7_200_000, 90_000_000, 172_800_000]
    records = [base + timedelta(milliseconds=step) for step in steps]
    sql.execute(
        "INSERT INTO buys SELECT 1, n, clock_timestamp(), at, 1, 5, 1, 1"
        " FROM unnest(%s::timestamptz[]) WITH ORDINALITY AS t (at, n)",
        [[*records, records[3]]],
    )
    sql.execute("INSERT INTO buy_lanes VALUES (1, %s, %s)", [len(records) + 1] * 2)
    assert fold(app) == len(records) + 1
    beside = [moment + timedelta(milliseconds=step) for moment in records for step in (-1, 0, 1)]
    borders = [
        datetime(2026, 3, 29, tzinfo=UTC),
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 28, 22, 58, tzinfo=UTC),
    ]
    sql.execute(
        "SELECT a, b FROM unnest(%s::timestamptz[]) AS a, unnest(%s::timestamptz[]) AS b WHERE a <= b AND"
        " buys_between(a, b) <> (SELECT count(*) FROM buys WHERE happened_at BETWEEN a AND b)",
        [[*beside, *borders]] * 2,
    )
    assert sql.fetchall() == []


@pytest.mark.parametrize("hours", ["0.09", "168.1", "0", "-1", "nan", "1e2", "x"])
def test_a_timeframe_that_is_none_is_refused(viewer: Caller, hours: str) -> None:
    assert_problem(viewer.get(f"{STATS}?timeframe_hours={hours}"), 422)


def test_a_late_buy_is_recent_by_when_it_happened(client: FlaskClient, viewer: Caller) -> None:
    buy(client, {"X-Timestamp": str(time.time() - 7200)})
    assert [stats(viewer, hours)["n_recent_buys"] for hours in (1, 1.99, 2.01)] == [0, 0, 1]


def test_a_buy_of_the_next_minute_is_counted_in_all_and_recent_when_its_time_comes(
    client: FlaskClient, viewer: Caller
) -> None:
    buy(client, {"X-Timestamp": str(time.time() + 50)})
    assert (stats(viewer)["total_purchases"], stats(viewer)["n_recent_buys"]) == (1, 0)


def test_the_service_is_up_since_somebody_was_there_again(client: FlaskClient, viewer: Caller, sql: Any) -> None:
    assert stats(viewer)["uptime_seconds"] < 5
    sql.execute("UPDATE service_presence SET began_at = began_at - interval '1 day 2 hours 3 minutes 4 seconds'")
    assert stats(viewer)["uptime_formatted"].startswith("1d 2h 3m ")
    sql.execute("UPDATE service_presence SET seen_at = seen_at - interval '12 seconds'")
    assert stats(viewer)["uptime_seconds"] > 86400
    sql.execute("UPDATE service_presence SET seen_at = seen_at - interval '16 seconds'")
    assert stats(viewer)["uptime_seconds"] < 5


def test_only_staff_see_stats_and_anybody_may_tell_of_a_buy(client: FlaskClient, caller: Any) -> None:
    assert_problem(client.get(STATS), 401)
    assert_problem(caller("customer").get(STATS), 403)
    assert client.post(f"{BUY}/", json=WISH).status_code == 200
