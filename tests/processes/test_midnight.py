"""Buys and their business days while the clock of PostgreSQL (libfaketime), which decides, goes over midnight.

It is shortly before midnight of 29 March 2026, UTC, for a shop in London: the clocks changed that morning, so the day
had 23 hours, and the business day of the 30th began an hour ago. The web processes believe it is today.
"""

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devstack import server
from tests.processes.market import BUY, shops
from tests.processes.stack import Stack, eventually, prepared, serving
from tests.processes.test_clocks import shifted

pytestmark = pytest.mark.chaos

LONDON, SHOPS = "Europe/London", 2
MIDNIGHT = datetime(2026, 3, 30, tzinfo=UTC)
BEFORE = timedelta(seconds=100)
PARTITIONS = """
    SELECT tableoid::regclass::text, count(*)::int FROM buys
    WHERE promotion_id BETWEEN %s AND %s GROUP BY 1 ORDER BY 1
"""
# Those that came at midnight or after it, and those before.
RECEIVED = """
    SELECT 'buys_' || to_char(received_at AT TIME ZONE 'UTC', 'YYYY_MM_DD'), count(*)::int
    FROM buys WHERE promotion_id BETWEEN %s AND %s GROUP BY 1 ORDER BY 1
"""
LATE = [
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in (
        *("2026-03-28 23:59:59.999", "2026-03-29 00:00", "2026-03-29 00:59:59.999", "2026-03-29 01:00"),
        *("2026-03-29 22:59:59.999", "2026-03-29 23:00"),
    )
]


@pytest.fixture(scope="module")
def night() -> Iterator[Stack]:
    """A stack over which midnight comes soon."""
    offset = int((MIDNIGHT - BEFORE).timestamp() - time.time())
    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory(prefix="hf-midnight-") as home:
        for name, value in shifted(f"{offset:+d}").items():
            patched.setitem(server.ENVIRONMENT, name, value)
        with prepared(Path(home), BUSINESS_TIMEZONE=LONDON) as stack, serving(stack):
            yield stack


def series(stack: Stack, token: str, promotion: int, **days: Any) -> dict[datetime, int]:
    """The units of each bucket."""
    query = {"source": "tracker", "promo_id": promotion} | days
    answer = stack.call("GET", "/api/v1/analytics", token=token, params=query)
    assert answer.status_code == 200, answer.text
    return {datetime.fromisoformat(row["at"]): row["units"] for row in answer.json()["series"]}


def told_at(stack: Stack, promotion: int, at: datetime, units: int) -> None:
    body: dict[str, Any] = {"user_id": 1, "promotion_id": promotion, "product_id": 1, "product_quantity": units}
    assert stack.call("POST", BUY, json=body, headers={"X-Timestamp": at.isoformat()}).status_code == 200


def test_at_midnight_no_buy_is_refused_and_each_is_in_the_partition_and_the_business_day_of_its_time(
    night: Stack,
) -> None:
    past = "SELECT clock_timestamp() > %s"
    eventually(lambda: night.sql(past, MIDNIGHT - timedelta(seconds=25)) == [(True,)], "midnight is near", 120)
    with shops(night, SHOPS) as made:
        eventually(lambda: made.answered + made.events > 50, "buys are answered")
        assert night.sql(past, MIDNIGHT) == [(False,)], "the stack was not up before midnight"
        eventually(lambda: night.sql(past, MIDNIGHT + timedelta(seconds=2)) == [(True,)], "midnight is over", 120)
        told = made.answered + made.events
        eventually(lambda: made.answered + made.events > told + 50, "buys are answered after midnight")
    made.were_counted()
    assert made.cut == 0
    found = night.sql(PARTITIONS, made.first, made.first + SHOPS)
    assert [name for name, _ in found] == ["buys_2026_03_29", "buys_2026_03_30"]
    assert found == night.sql(RECEIVED, made.first, made.first + SHOPS)
    token = night.token()
    for shop in range(SHOPS):
        rows = night.sql("SELECT happened_at, quantity FROM buys WHERE promotion_id = %s", made.first + shop)
        days: dict[date, int] = {}
        for at, units in rows:
            day = at.astimezone(ZoneInfo(LONDON)).date()
            days[day] = days.get(day, 0) + units
        shown = series(night, token, made.first + shop, start_date="2026-03-29", end_date="2026-03-30", grain="day")
        assert {at.astimezone(ZoneInfo(LONDON)).date(): units for at, units in shown.items()} == days


def test_late_buys_are_in_the_hour_and_the_business_day_of_their_time_when_the_clocks_changed(night: Stack) -> None:
    promotion, token = 77_000, night.token()
    for number, at in enumerate(LATE):
        told_at(night, promotion, at, 10**number)
    hours = series(night, token, promotion, start_date="2026-03-29", end_date="2026-03-29", grain="hour")
    assert {at.astimezone(ZoneInfo(LONDON)).hour: units for at, units in hours.items()} == {0: 110, 2: 1000, 23: 10_000}
    days = series(night, token, promotion, start_date="2026-03-28", end_date="2026-03-30", grain="day")
    assert {at.astimezone(ZoneInfo(LONDON)).date().day: units for at, units in days.items()} == {
        28: 1,
        29: 11_110,
        30: 100_000,
    }
    assert night.sql(PARTITIONS, promotion, promotion) == night.sql(RECEIVED, promotion, promotion)
