"""The page of analytics: whatever its address says it answers, and what it shows is what its files and JSON say."""

from decimal import Decimal
from typing import Any

import pytest

from tests.api.conftest import AsRole
from tests.api.made_orders import paid
from tests.api.made_promos import complete, hold, promo
from tests.callers import Caller

PAGE, API = "/console/analytics", "/api/v1/analytics"
MOVE = "UPDATE orders SET paid_at = paid_at - %s * interval '1 day' WHERE id = %s"


@pytest.fixture
def sold(staff: Caller, as_role: AsRole) -> list[Any]:
    """Three orders of a promo that were paid."""
    made = promo(staff, quantity=3, promo_price="5.00")
    orders = []
    for number in range(3):
        buyer = as_role("customer", f"buyer{number}")
        orders.append(complete(buyer, hold(buyer, made["id"])).json)
        assert paid(staff, orders[-1]).status_code == 201
    return orders


@pytest.mark.parametrize(
    "query",
    [
        "",
        "range=7",
        "range=28&compare=week",
        "range=forever&grain=century&source=both&compare=all",
        "start_date=2026-03-29&end_date=2026-03-28",
        "start_date=0001-01-01&end_date=9999-12-31",
        "start_date=9999-12-31",
        "end_date=1970-01-01",
        "start_date=2020-01-01&end_date=2026-01-01&grain=minute",
        "start_date=yesterday&end_date=%00",
        "promo_id=x&store_id=-1&segment_id=99999999999999999999",
        "promo_id=9223372036854775807&source=tracker",
        "source=tracker&grain=minute",
    ],
)
def test_whatever_stands_in_the_address_there_is_a_page(staff: Caller, sold: list[Any], query: str) -> None:
    answer = staff.client.get(f"{PAGE}?{query}")
    assert answer.status_code == 200
    assert "Analytics" in answer.text
    assert staff.client.get(f"{PAGE}/export.csv?{query}").status_code == 200
    assert staff.client.get(f"{PAGE}/promos?{query}").status_code == 200


def test_the_block_and_the_page_are_one_address(staff: Caller, sold: list[Any]) -> None:
    block = staff.client.get(PAGE, headers={"HX-Request": "true"})
    assert "<html" not in block.text
    assert "€15.00" in block.text
    assert "HX-Request" in block.headers["Vary"]


@pytest.mark.parametrize("table", ["series", "promos", "buyers", "funnel", "customers"])
def test_its_files_are_those_of_the_api(staff: Caller, sold: list[Any], table: str) -> None:
    ours = staff.client.get(f"{PAGE}/export.csv?table={table}").text
    assert ours == staff.get(f"{API}/export?table={table}").text
    assert len(ours.splitlines()) > 1


def test_the_home_page_says_what_was_sold_today_beside_last_week_by_this_time(
    staff: Caller, sold: list[Any], sql: Any
) -> None:
    """Of three orders one is of today, one of a week ago, and one of a week ago but later in the day."""
    sql.execute(MOVE, (7, sold[1]["id"]))
    sql.execute(MOVE, (7, sold[2]["id"]))
    sql.execute("UPDATE orders SET paid_at = paid_at + interval '1 hour' WHERE id = %s", (sold[2]["id"],))
    text = " ".join(staff.client.get("/console/").text.split())
    assert "<span>Revenue</span> <strong>€5.00</strong>" in text
    assert "as before: €5.00 by this time last week" in text
    assert "<span>Units</span> <strong>1</strong>" in text
    assert "<strong>100%</strong>" in text
    assert f'href="{PAGE}?range=today&amp;compare=week#promos"' in text


def test_what_went_back_is_no_revenue_of_today(staff: Caller, sold: list[Any]) -> None:
    sent = staff.post(f"/api/v1/orders/{sold[0]['id']}/refunds", json={"reason": "late"})
    assert sent.status_code == 201, sent.text
    totals = staff.get(API).json["totals"]
    assert (totals["units"], Decimal(totals["net"])) == (2, Decimal("10.00"))
    assert "<strong>€10.00</strong>" in staff.client.get("/console/").text
