"""`/analytics`: the same figures as JSON, as files and on the page, equal to what SQL that was written apart says."""

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.buys.service import analytics
from app.core.web import HoldfastApp
from app.promos.service import refusals
from tests.api.conftest import AsRole
from tests.api.made_orders import paid
from tests.api.made_promos import after, complete, hold, promo
from tests.api.problem import assert_problem
from tests.callers import Caller

PATH = "/api/v1/analytics"
TABLES = {name: columns for name, columns in analytics.OWN_TABLES.items() if name != "series"}


@pytest.fixture
def night(app: HoldfastApp, as_role: AsRole, staff: Caller) -> list[Any]:
    """Two promos, five customers: some buy, one gets half back, one all, one gives the unit back, one is refused."""
    first, second = (promo(staff, quantity=4, promo_price=price) for price in ("5.00", "7.50"))
    buyers = [as_role("customer", f"buyer{number}") for number in range(5)]
    orders = []
    for number, buyer in enumerate(buyers[:4]):
        orders.append(complete(buyer, hold(buyer, first["id"])).json)
        assert paid(staff, orders[-1]).status_code == 201
        if number:
            complete(buyer, hold(buyer, second["id"]))
    for order, amount in ((orders[0], {"amount": "2.50"}), (orders[1], {})):
        sent = staff.post(f"/api/v1/orders/{order['id']}/refunds", json={"reason": "late"} | amount)
        assert sent.status_code == 201, sent.text
    held = hold(buyers[4], second["id"])
    assert buyers[4].delete(f"/api/v1/promo-reservations/{held.json['id']}").status_code == 204
    hold(buyers[4], first["id"])
    refusals.TALLY.flush(app)
    return [first, second]


def shown(caller: Caller, **query: Any) -> Any:
    answer = caller.get(PATH, query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.json


def file_of(caller: Caller, table: str, **query: Any) -> list[dict[str, str]]:
    answer = caller.get(f"{PATH}/export", query_string={"table": table} | query)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
    return list(csv.DictReader(StringIO(answer.text, newline="")))


def test_the_totals_are_what_the_orders_say(staff: Caller, night: list[Any], sql: Any) -> None:
    sql.execute("SELECT total, refunded, user_id FROM orders WHERE paid_at IS NOT NULL AND source = 'promo'")
    orders = sql.fetchall()
    kept = [order for order in orders if order[1] < order[0]]
    totals = shown(staff)["totals"]
    assert (totals["units"], totals["buyers"]) == (len(kept), len({user for _, _, user in kept})) == (3, 3)
    assert Decimal(totals["revenue"]) == sum(total for total, _, _ in orders) == Decimal("20.00")
    assert Decimal(totals["refunds"]) == sum(back for _, back, _ in orders) == Decimal("7.50")
    assert Decimal(totals["net"]) == Decimal("12.50")
    sql.execute("SELECT state, count(*)::int FROM promo_holds GROUP BY 1")
    states = dict(sql.fetchall())
    ended = sum(states.values()) - states.get("held", 0)
    assert totals["conversion"] == pytest.approx(states["completed"] / ended)


def test_every_table_sums_up_to_the_totals(staff: Caller, night: list[Any]) -> None:
    found = shown(staff)
    for name in ("series", "hours", "promos", "products", "stores", "segments"):
        rows = found[name]
        assert sum(row["units"] for row in rows) == found["totals"]["units"], name
        for money in ("revenue", "refunds", "net"):
            assert sum(Decimal(row[money]) for row in rows) == Decimal(found["totals"][money]), name
    assert sum(Decimal(row["net"]) for row in found["buyers"]) == Decimal(found["totals"]["net"])
    assert [row["segment"] for row in found["segments"]] == ["Everybody"]


@pytest.mark.parametrize("which", ["", "promo_id", "store_id"])
def test_a_file_has_the_rows_of_the_table(staff: Caller, night: list[Any], which: str) -> None:
    value = {"promo_id": night[0]["id"], "store_id": 1}.get(which)
    query = {which: value} if which else {}
    found = shown(staff, **query)
    for name in analytics.OWN_TABLES:
        rows = [{key: "" if value is None else str(value) for key, value in row.items()} for row in found[name]]
        assert file_of(staff, name, **query) == rows, name


def test_what_shops_told_is_the_other_source_and_never_in_the_first(staff: Caller, night: list[Any]) -> None:
    body = {"user_id": 9, "promotion_id": night[0]["id"], "product_id": 8, "product_quantity": 70}
    assert staff.post("/api/v1/buy", json=body).status_code == 200
    assert shown(staff)["totals"]["units"] == 3
    told = shown(staff, source="tracker")
    assert told["totals"] == {"units": 70, "purchases": 1, "buyers": 1}
    assert told["products"] == [{"product_id": 8, "units": 70, "purchases": 1}]
    assert [row["units"] for row in told["series"]] == [70]
    assert "funnel" not in told
    for name in analytics.TRACKER_TABLES:
        rows = [{key: str(value) for key, value in row.items()} for row in told[name]]
        assert file_of(staff, name, source="tracker") == rows
    assert_problem(staff.get(f"{PATH}/export?table=funnel&source=tracker"), 422)
    assert shown(staff, source="tracker", promo_id=10**6)["totals"]["units"] == 0


def test_a_name_that_a_spreadsheet_would_run_stays_text(staff: Caller, as_role: AsRole, sql: Any) -> None:
    made = promo(staff)
    buyer = as_role("customer", "evil")
    assert paid(staff, complete(buyer, hold(buyer, made["id"])).json).status_code == 201
    sql.execute("UPDATE products SET name = '=HYPERLINK(1)'")
    (row,) = file_of(staff, "promos")
    assert row["product"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize(
    "query",
    [
        {"start_date": "2026-03-02", "end_date": "2026-03-01"},
        {"start_date": "2020-01-01", "end_date": "2026-03-01"},
        {"start_date": "2026-01-01", "end_date": "2026-03-01", "grain": "hour"},
        {"start_date": "2026-03-01", "end_date": "2026-03-02", "grain": "minute"},
        {"grain": "week"},
        {"source": "both"},
        {"promo_id": "0"},
        {"start_date": "yesterday"},
    ],
)
def test_a_range_that_nobody_can_look_at_is_refused_at_its_field(staff: Caller, query: dict[str, str]) -> None:
    for path, more in ((PATH, {}), (f"{PATH}/export", {"table": "series"})):
        problem = assert_problem(staff.get(path, query_string=query | more), 422)
        assert problem["errors"][0]["pointer"].strip("/") in query


def test_promos_are_compared_as_they_are_asked_for(staff: Caller, night: list[Any]) -> None:
    first, second = night[0]["id"], night[1]["id"]
    rows = staff.get(f"{PATH}/promos?ids={second},{first},{second},2000000000").json["data"]
    assert [(row["promo_id"], row["held"], row["completed"], row["paid"]) for row in rows] == [
        (second, 4, 3, 0),
        (first, 4, 4, 4),
    ]
    assert (rows[1]["kept"], rows[1]["buyers"], rows[1]["net"]) == (3, 3, "12.50")
    for ids in ("", "1,2,3,4,5,6,7", "x", "1;2", "0", "-1", "9223372036854775808"):
        assert_problem(staff.get(f"{PATH}/promos", query_string={"ids": ids}), 422)


def test_a_hold_that_waited_over_the_end_of_its_promo_is_counted(staff: Caller, as_role: AsRole, sql: Any) -> None:
    """It was made a moment after midnight, and the promo ended a moment before."""
    made, buyer = promo(staff, ends_at=after(120)), as_role("customer", "late")
    hold(buyer, made["id"])
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    second = timedelta(seconds=1)
    window = (midnight - timedelta(hours=2), midnight - second, made["id"])
    sql.execute("UPDATE promos SET starts_at = %s, ends_at = %s WHERE id = %s", window)
    sql.execute("UPDATE promo_holds SET created_at = %s, expires_at = %s", (midnight + second, midnight + 61 * second))
    for day, held in ((date(2026, 3, 1), 0), (date(2026, 3, 2), 1), (date(2026, 3, 3), 0)):
        steps = shown(staff, start_date=day, end_date=day)["funnel"]
        assert {row["step"]: row["count"] for row in steps}["held"] == held


def test_only_staff_sees_it(as_role: AsRole, client: FlaskClient) -> None:
    for path in (PATH, f"{PATH}/export?table=series", f"{PATH}/promos?ids=1"):
        assert as_role("viewer").get(path).status_code == 200
        assert as_role("customer").get(path).status_code == 403
        assert client.get(path).status_code == 401
