"""The figures that a page of analytics shows: what became of promos in some days."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.buys.queries import Span
from app.buys.service import analytics
from app.core import csvs, db
from app.core.web import HoldfastApp
from app.promos.service import refusals
from tests.api.conftest import AsRole
from tests.api.made_orders import paid
from tests.api.made_promos import complete, hold, promo
from tests.callers import Caller

LAPSE = "UPDATE promo_holds SET expires_at = clock_timestamp() WHERE id = %s"
TOLD = """
    INSERT INTO notifications (kind, subject_id, customer_id, day, title, body, in_app, email, suppressed)
    VALUES ('flash_promo', %s, %s, %s, 'x', 'x', true, false, %s)
"""


def today(zone: str = "UTC", **more: Any) -> Span:
    day = datetime.now(UTC).date()
    return Span(day - timedelta(days=1), day + timedelta(days=1), zone, **more)


@pytest.fixture
def sold(app: HoldfastApp, as_role: AsRole, staff: Caller, sql: Any) -> tuple[int, int]:
    """Of one promo three were told: one bought, one did not pay, one let it lapse and is refused."""
    anna, bert, carl = (as_role("customer", name) for name in ("anna", "bert", "carl"))
    first, second = promo(staff, quantity=2, promo_price="5.00")["id"], promo(staff)["id"]
    for customer in (anna, bert, carl):
        sql.execute(TOLD, (first, customer.user_id, datetime.now(UTC).date(), None))
        sql.execute(TOLD, (second, customer.user_id, datetime.now(UTC).date(), "cap"))
    assert paid(staff, complete(anna, hold(anna, first)).json).status_code == 201
    lapsed = hold(bert, first)
    sql.execute(LAPSE, (lapsed.json["id"],))
    complete(carl, hold(carl, first))
    assert hold(bert, first).json["code"] == "sold_out"
    refusals.TALLY.flush(app)
    return first, second


def analysed(span: Span, source: str = analytics.OWN) -> analytics.Analysis:
    return analytics.analysis(span, source=source, grain="hour")


def test_the_funnel_goes_from_told_to_paid(app: HoldfastApp, sold: tuple[int, int]) -> None:
    with app.app_context(), db.statement():
        found = analysed(today(promo_id=sold[0]))
    assert {row["step"]: row["count"] for row in found.tables["funnel"]} == {
        "notified": 3, "held": 3, "completed": 2, "paid": 1, "kept": 1, "lapsed": 1, "released": 0, "unpaid": 0
    }  # fmt: skip
    assert found.totals["conversion"] == pytest.approx(2 / 3)
    assert (found.totals["units"], found.totals["net"]) == (1, Decimal("5.00"))
    assert found.tables["refusals"] == [{"code": "sold_out", "refusals": 1}]
    lost = [
        (row["promo_id"], row["sold_out"], row["held_by_others"], row["value"]) for row in found.tables["lost_demand"]
    ]
    assert lost == [(sold[0], 1, 0, "5.00")]
    assert [(row["username"], row["net"]) for row in found.tables["customers"]] == [("anna", "5.00")]


def test_other_days_other_promos_other_stores_and_other_segments_have_none_of_it(
    app: HoldfastApp, sold: tuple[int, int]
) -> None:
    before = date(2020, 1, 1)
    spans = [today(promo_id=sold[1]), today(store_id=10**6), today(segment_id=10**6), Span(before, before, "UTC")]
    with app.app_context(), db.statement():
        for span in spans:
            found = analysed(span)
            assert {row["count"] for row in found.tables["funnel"]} == {0}
            assert (found.totals["units"], found.totals["buyers"], found.totals["conversion"]) == (0, 0, None)
            assert {name for name, rows in found.tables.items() if rows} <= {"funnel", "customers"}


def test_promos_are_compared_in_the_order_in_which_they_are_asked_for(app: HoldfastApp, sold: tuple[int, int]) -> None:
    with app.app_context(), db.statement():
        second, first = analytics.compared([sold[1], sold[0], 10**6])
    assert (second["promo_id"], second["held"], second["net"]) == (sold[1], 0, "0.00")
    assert [first[name] for name in ("notified", "held", "completed", "paid", "refused")] == [3, 3, 2, 1, 1]
    assert [first[name] for name in ("buyers", "revenue", "net")] == [1, "5.00", "5.00"]


def test_a_series_is_sent_while_it_is_read_day_by_day(app: HoldfastApp, staff: Caller, sold: tuple[int, int]) -> None:
    body = {"user_id": 1, "promotion_id": 4, "product_id": 1, "product_quantity": 1}
    now = datetime.now(UTC)
    for ago in range(5):
        at = (now - timedelta(seconds=ago * 60)).isoformat()
        assert staff.client.post("/api/v1/buy", json=body, headers={"X-Timestamp": at}).status_code == 200
    with app.app_context(), db.statement():
        for which in (None, 4):
            rows = analytics.file_rows(today(promo_id=which), table="series", source=analytics.TRACKER, grain="minute")
            lines = list(csvs.lines(analytics.TRACKER_TABLES["series"], rows))
            assert (lines[0], len(lines)) == ("at,units,purchases\r\n", 6)
            assert lines[1:] == sorted(lines[1:])
        (own,) = analytics.file_rows(today(), table="series", source=analytics.OWN, grain="day")
        assert own[1:] == [1, "5.00", "0.00", "5.00"]
