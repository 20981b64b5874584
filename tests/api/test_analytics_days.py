"""Business days, hours and what they are compared with, across midnight and the days on which the clocks change."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.buys import queries
from app.buys.queries import DAYS_BY_GRAIN, Span
from app.buys.service import analytics, folding
from app.core import db
from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.made_promos import promo
from tests.callers import Caller

BERLIN = "Europe/Berlin"
ZONES = ("UTC", BERLIN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")
# Midnights, the hour that is missing in Berlin and the one that comes twice, and New York's.
MOMENTS = [
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in (
        *(
            "2026-03-28 22:59:59.999",
            "2026-03-28 23:00",
            "2026-03-29 00:59:59",
            "2026-03-29 01:00",
            "2026-03-29 21:59:59",
        ),
        *("2026-03-29 22:00", "2026-10-24 22:00", "2026-10-25 00:30", "2026-10-25 01:30", "2026-10-25 22:59:59"),
        *("2026-10-25 23:00", "2026-03-08 06:59:59", "2026-03-08 07:00", "2026-04-04 14:45", "2026-04-04 15:15"),
    )
]
ORDER = """
    INSERT INTO orders (id, reference, user_id, status, payment_status, total, refunded, currency, source, source_id,
        created_at, pay_by, paid_at, lines)
    VALUES (gen_random_uuid(), 'ORD-' || %s, %s, 'CONFIRMED', 'paid', %s, %s, 'EUR', 'promo', %s, %s, %s, %s, '[]')
"""


@pytest.fixture
def year(staff: Caller, as_role: AsRole, sql: Any) -> list[tuple[datetime, Decimal, Decimal]]:
    """An order at each of these moments; the third of each three went back."""
    promo_id, user_id = promo(staff)["id"], as_role("customer", "anna").user_id
    made = []
    for number, at in enumerate(MOMENTS):
        total = Decimal(number + 1)
        refunded = total if number % 3 == 2 else Decimal(0)
        sql.execute(ORDER, (number, user_id, total, refunded, promo_id, at, at, at))
        made.append((at, total, refunded))
    return made


def reckoned(orders: list[Any], span: Span, grain: str) -> dict[datetime, tuple[int, Decimal]]:
    """What each bucket must say, reckoned by the wall clock and the offset of each order."""
    found: dict[datetime, tuple[int, Decimal]] = {}
    for at, total, refunded in orders:
        local = at.astimezone(ZoneInfo(span.zone))
        if not span.first <= local.date() <= span.last:
            continue
        if grain == "day":
            begins = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
        else:
            over = {"minutes": local.minute if grain == "hour" else 0, "seconds": local.second}
            begins = at - timedelta(**over, microseconds=local.microsecond)
        units, net = found.get(begins, (0, Decimal(0)))
        found[begins] = units + (refunded < total), net + total - refunded
    return found


@pytest.mark.parametrize("zone", ZONES)
def test_each_order_is_in_the_day_hour_and_minute_of_its_zone(app: HoldfastApp, year: list[Any], zone: str) -> None:
    ranges = [(date(2026, 3, 1), date(2026, 11, 1))] + [
        (day, day) for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25), date(2026, 4, 5))
    ]
    with app.app_context(), db.statement():
        for first, last in ranges:
            span = Span(first, last, zone)
            for grain in [grain for grain, most in DAYS_BY_GRAIN.items() if span.days <= most]:
                found = analytics.analysis(span, source=analytics.OWN, grain=grain)
                rows = {
                    datetime.fromisoformat(row["at"]): (row["units"], Decimal(row["net"]))
                    for row in found.tables["series"]
                }
                assert rows == reckoned(year, span, grain), (first, grain)
                assert found.totals["units"] == sum(units for units, _ in rows.values())
                assert set(rows) <= set(span.buckets(grain)) or zone == "Australia/Lord_Howe"


def test_the_hours_of_the_day_are_those_of_the_wall_clock(app: HoldfastApp, year: list[Any]) -> None:
    span = Span(date(2026, 1, 1), date(2026, 12, 31), BERLIN)
    with app.app_context(), db.statement():
        found = analytics.analysis(span, source=analytics.OWN, grain="day")
    wanted = Counter(at.astimezone(ZoneInfo(BERLIN)).hour for at, total, back in year if back < total)
    assert {row["hour"]: row["units"] for row in found.tables["hours"] if row["units"]} == wanted


@pytest.mark.parametrize("zone", ZONES)
def test_what_shops_told_late_is_in_the_business_day_of_its_time(
    app: HoldfastApp, clean: None, sql: Any, zone: str
) -> None:
    for number, at in enumerate(MOMENTS, 1):
        sql.execute("INSERT INTO buys VALUES (1, %s, clock_timestamp(), %s, 1, 5, 1, %s)", (number, at, number))
    sql.execute("INSERT INTO buy_lanes VALUES (1, %s, %s)", (len(MOMENTS), sum(range(len(MOMENTS) + 1))))
    with app.app_context(), db.transaction():
        folding.fold_all()
    days = Counter[date]()
    for number, at in enumerate(MOMENTS, 1):
        days[at.astimezone(ZoneInfo(zone)).date()] += number
    with app.app_context(), db.transaction():
        for day in days | {date(2026, 3, 30): 0}:
            found = analytics.analysis(Span(day, day, zone), source=analytics.TRACKER, grain="hour")
            assert found.totals["units"] == days[day], day
        whole = analytics.analysis(
            Span(date(2026, 3, 1), date(2026, 11, 1), zone), source=analytics.TRACKER, grain="day"
        )
    starts = {
        datetime.fromisoformat(row["at"]).astimezone(ZoneInfo(zone)).date(): row["units"]
        for row in whole.tables["series"]
    }
    assert starts == days


days = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@given(days, st.integers(1, 31), st.sampled_from(ZONES), st.sampled_from(["hour", "day"]))
def test_buckets_cover_the_span_without_a_gap(first: date, many: int, zone: str, grain: str) -> None:
    span = Span(first, first + timedelta(days=many - 1), zone)
    buckets = span.buckets(grain)
    assert buckets[0] == span.begins
    steps = {after - before for before, after in zip(buckets, [*buckets[1:], span.ends], strict=True)}
    hour = timedelta(hours=1)
    assert steps <= ({hour, hour / 2} if grain == "hour" else {hour * long for long in (23, 23.5, 24, 24.5, 25)})
    assert len(buckets) == (many if grain == "day" else -(-(span.ends - span.begins) // hour))


@given(days, st.integers(1, 366), st.sampled_from(ZONES), st.integers(0, 86_399))
def test_a_span_is_compared_with_one_as_long_up_to_the_same_time(
    first: date, many: int, zone: str, second: int
) -> None:
    last = first + timedelta(days=many - 1)
    wall = datetime(last.year, last.month, last.day, tzinfo=ZoneInfo(zone)) + timedelta(seconds=second)
    span = Span(first, last, zone, promo_id=7, until=wall.astimezone(UTC))
    for back in (many, 7):
        before = span.before(back)
        assert (before.days, before.promo_id, before.last) == (many, 7, last - timedelta(days=back))
        assert before.begins <= before.ends
        assert before.until is not None
        then = before.until.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert abs(then - (wall.replace(tzinfo=None) - timedelta(days=back))) <= timedelta(hours=1)
    assert span.before(7).last.weekday() == last.weekday()


def test_today_ends_now_and_a_day_that_is_over_at_midnight(app: HoldfastApp, clean: None) -> None:
    with app.app_context(), db.statement():
        now = queries.now()
    span = Span(date(2026, 3, 29), date(2026, 3, 29), BERLIN)
    assert span.ends - span.begins == timedelta(hours=23)
    assert span.cut(now).ends == min(now, span.ends)
    assert span.cut(span.begins - timedelta(1)).ends == span.begins


def test_what_a_range_is_compared_with_has_the_figures_that_it_had_itself(app: HoldfastApp, year: list[Any]) -> None:
    with app.app_context(), db.statement():
        for source in (analytics.OWN, analytics.TRACKER):
            for first, last in ((date(2026, 3, 29), date(2026, 3, 29)), (date(2026, 3, 1), date(2026, 10, 31))):
                span = Span(first, last, BERLIN)
                whole = analytics.analysis(span, source=source, grain="day")
                short = analytics.summary(span, source=source, grain="day")
                assert short.totals == whole.totals
                assert short.tables["series"] == whole.tables["series"]
