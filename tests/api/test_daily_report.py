"""The report of a business day is reckoned from what was paid on it, kept once, and mailed once."""

from typing import Any

import pytest

from app.core.web import HoldfastApp
from tests.api.conftest import AsRole, Choose
from tests.api.made import product
from tests.api.made_orders import ORDERS, paid, placed
from tests.api.problem import assert_problem
from tests.api.worked import tick
from tests.callers import Caller

REPORT = "/api/v1/reports/daily"
pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def sold(anna: Caller, staff: Caller, tea: int, sql: Any) -> None:
    """Two orders that were paid yesterday, one of them partly paid back, one paid today, and one unpaid."""
    cup = product(staff, sku="CUP", name="Cup", price="50.00", total_stock=9)["id"]
    orders = [placed(anna, *lines).json for lines in ([(tea, 2)], [(tea, 1), (cup, 1)], [(cup, 1)], [(cup, 2)])]
    for order in orders[:3]:
        assert paid(staff, order).status_code == 201
    staff.post(f"{ORDERS}/{orders[0]['id']}/refunds", json={"amount": "9.80", "reason": "x"})
    references = (orders[0]["reference"], orders[1]["reference"])
    sql.execute("UPDATE orders SET paid_at = paid_at - interval '1 day' WHERE reference IN %s", (references,))


@pytest.mark.usefixtures("sold")
def test_yesterday_is_what_was_paid_yesterday(staff: Caller) -> None:
    report = staff.get(REPORT).json
    assert {name: report[name] for name in ("orders", "units", "revenue", "refunds", "net", "is_final")} == {
        "orders": 2, "units": 4, "revenue": "109.70", "refunds": "9.80", "net": "99.90", "is_final": False,
    }  # fmt: skip
    assert [(row["name"], row["quantity"], row["revenue"]) for row in report["top_products"]] == [
        ("Green tea", 3, "59.70"),
        ("Cup", 1, "50.00"),
    ]


@pytest.mark.usefixtures("sold")
def test_the_report_is_kept_and_told_once(app: HoldfastApp, as_role: AsRole, staff: Caller, sql: Any) -> None:
    as_role("admin")
    assert [tick(app, "orders.keep_daily_report") for _ in range(2)] == [True, False]
    sql.execute("SELECT subject, text FROM emails")
    [(subject, words)] = sql.fetchall()
    assert subject.startswith("2 orders on ")
    assert "Revenue €109.70, refunds €9.80, net €99.90; 4 units." in words
    sql.execute("UPDATE orders SET paid_at = paid_at - interval '30 days'")
    report = staff.get(REPORT).json
    assert (report["revenue"], report["is_final"]) == ("109.70", True)


def test_a_day_without_orders_has_a_report_too(staff: Caller) -> None:
    report = staff.get(f"{REPORT}?date=2020-02-29").json
    assert (report["date"], report["orders"], report["revenue"], report["top_products"]) == (
        "2020-02-29",
        0,
        "0.00",
        [],
    )
    assert_problem(staff.get(f"{REPORT}?date=yesterday"), 422, "validation_failed")


def test_a_day_is_one_of_the_shop(anna: Caller, staff: Caller, tea: int, sql: Any, choose: Choose) -> None:
    choose(business_zone="Asia/Tokyo")
    for moment in ("14:59:59.999999", "15:00:00", "23:30:00"):  # the day begins at 15:00 of the one before
        order = placed(anna, (tea, 1)).json
        paid(staff, order)
        sql.execute(
            "UPDATE orders SET paid_at = %s WHERE reference = %s", [f"2026-03-10T{moment}Z", order["reference"]]
        )
    assert [staff.get(f"{REPORT}?date=2026-03-{day}").json["orders"] for day in (10, 11, 12)] == [1, 2, 0]


def test_yesterday_is_that_of_the_shop(app: HoldfastApp, staff: Caller, sql: Any, choose: Choose) -> None:
    """It is never the same day on both sides of the date line."""
    for zone in ("Etc/GMT+12", "Pacific/Kiritimati"):
        choose(business_zone=zone)
        sql.execute("SELECT ((clock_timestamp() AT TIME ZONE %s)::date - 1)::text", [zone])
        (yesterday,) = sql.fetchone()
        assert staff.get(REPORT).json["date"] == yesterday
        assert tick(app, "orders.keep_daily_report") is True
    sql.execute("SELECT count(*) FROM daily_reports")
    assert sql.fetchone() == (2,)
