"""The report of a business day is reckoned from what was paid on it, kept once, and mailed once."""

from typing import Any

import pytest

from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
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
