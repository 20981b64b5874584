"""The list of orders in the console: the rows of the filter, what is new, and many moved on at once."""

import csv
import re
from io import StringIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core import db
from app.core.web import HoldfastApp
from app.orders.queries import OrderFilter
from app.orders.service import many
from tests.api.conftest import AsRole
from tests.api.console_orders import HTMX, PAGE, flashed, four_orders, refunded, sent
from tests.api.made import stock
from tests.api.made_orders import ORDERS, paid, placed
from tests.api.parallel import at_once
from tests.callers import Caller

ROW = re.compile(r'class="row-link"\s+href="/console/orders/[0-9a-f-]+">(ORD-[0-9A-F]+)<')
pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def four(staff: Caller, anna: Caller, bert: Caller, tea: int, sql: Any) -> dict[str, Any]:
    return four_orders(staff, anna, bert, tea, sql)


def listed(client: FlaskClient, query: str) -> list[str]:
    """The references on a page."""
    answer = client.get(f"{PAGE}?{query}")
    assert answer.status_code == 200, answer.text
    return ROW.findall(answer.text)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["packed", "paid", "new", "old"]),
        ("ordering=oldest", ["old", "new", "paid", "packed"]),
        ("ordering=highest", ["packed", "paid", "old", "new"]),
        ("ordering=lowest&min_total=30", ["old", "paid", "packed"]),
        ("max_total=39,80", ["new", "old"]),
        ("status=CONFIRMED", ["paid"]),
        ("payment_status=unpaid", ["new", "old"]),
        ("payment_status=unpaid&status=PENDING", ["new"]),
        ("start_date=2026-03-10&end_date=2026-03-10", ["old"]),
        ("end_date=2026-03-09", []),
        ("customer=BER", ["packed"]),
        ("customer=anna@exam", ["paid", "new", "old"]),
        ("customer=nobody", []),
        (
            "status=x&payment_status=x&ordering=x&start_date=x&min_total=x&customer_id=x",
            ["packed", "paid", "new", "old"],
        ),
    ],
)
def test_the_list_and_its_export_show_the_rows_of_the_filter(
    staff: Caller, four: dict[str, Any], query: str, names: list[str]
) -> None:
    wanted = [four[name]["reference"] for name in names]
    assert listed(staff.client, query) == wanted
    exported = csv.DictReader(StringIO(staff.client.get(f"{PAGE}/export.csv?{query}").text, newline=""))
    assert [row["reference"] for row in exported] == wanted


def test_an_order_is_found_by_the_beginning_of_its_reference(staff: Caller, four: dict[str, Any]) -> None:
    reference = four["paid"]["reference"]
    for text in (reference, reference[:12].lower(), reference[4:12].lower()):
        assert listed(staff.client, f"q={text}") == [reference]
    assert listed(staff.client, "q=ORD_%25") == []
    assert len(listed(staff.client, "q=or")) == 4


def test_each_tab_counts_its_orders_under_the_other_filters(staff: Caller, four: dict[str, Any]) -> None:
    def tabs(query: str) -> list[tuple[str, str]]:
        text = staff.client.get(f"{PAGE}?{query}").text
        return re.findall(r'>(\w+) <span class="tab-count">([\d,+]+)<', text)

    names = ["All", "Pending", "Confirmed", "Packing", "Shipped", "Delivered", "Cancelled"]
    assert tabs("status=CONFIRMED") == list(zip(names, "4111001", strict=True))
    assert dict(tabs("customer=anna"))["All"] == "3"


def test_too_many_customers_are_told_and_not_guessed(
    staff: Caller, as_role: AsRole, four: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_role("customer", "annabel")
    monkeypatch.setattr("app.orders.console.presentation.MOST_CUSTOMERS", 1)
    assert len(listed(staff.client, "customer=anna%40")) == 3
    assert listed(staff.client, "customer=anna") == []
    assert "Too many customers begin so" in staff.client.get(f"{PAGE}?customer=anna").text
    sent(staff.client, f"{PAGE}/bulk?customer=anna", all="true", do="CANCELLED")
    assert flashed(staff.client) == "0 done."


def test_new_orders_are_counted_since_the_page_was_made(
    staff: Caller, bert: Caller, four: dict[str, Any], tea: int
) -> None:
    text = staff.client.get(f"{PAGE}?customer=bert").text
    place = re.search(r'hx-get="(/console/orders/news[^"]+)"', text)
    assert place
    address = place[1].replace("&amp;", "&")
    assert staff.client.get(address, headers=HTMX).text.strip() == ""
    placed(bert, (tea, 1))
    told = staff.client.get(address, headers=HTMX).text
    assert "1 new · show" in told
    assert "customer=bert" in told
    assert staff.client.get(f"{PAGE}/news?since=x").text.strip() == ""


def test_many_orders_of_the_filter_go_on_and_the_others_are_counted(
    staff: Caller, four: dict[str, Any], sql: Any, tea: int
) -> None:
    answer = sent(staff.client, f"{PAGE}/bulk?customer=anna", all="true", do="PROCESSING")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?customer=anna&ordering=newest")
    assert flashed(staff.client) == "1 done, 2 skipped: 1 pending, 1 cancelled."
    sql.execute("SELECT count(*) FROM jobs WHERE name = 'orders.write_mail' AND args ->> 'kind' = 'processing'")
    assert sql.fetchone() == (2,)
    sent(staff.client, f"{PAGE}/bulk", all="true", do="SHIPPED")
    assert flashed(staff.client) == "2 done, 2 skipped: 1 pending, 1 cancelled."
    ticked = [four["packed"]["id"], four["new"]["id"]]
    sent(staff.client, f"{PAGE}/bulk?customer=bert", row=ticked, do="DELIVERED")
    assert flashed(staff.client) == "1 done."
    assert staff.get(f"{ORDERS}/{four['paid']['id']}").json["status"] == "SHIPPED"


def test_many_are_cancelled_with_their_money_and_units(
    staff: Caller, bert: Caller, four: dict[str, Any], tea: int
) -> None:
    paid(staff, placed(bert, (tea, 2)).json)
    sent(staff.client, f"{PAGE}/bulk", all="true", do="CANCELLED")
    assert flashed(staff.client) == "3 done, 2 skipped: 1 processing, 1 cancelled."
    assert stock(staff, tea) == (5, 5, 0)
    assert refunded(staff, four["paid"]) == "50.00"


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(
    "form", [{}, {"do": "SHIPPED"}, {"row": "x", "do": "SHIPPED"}, {"all": "true", "do": "PENDING"}]
)
def test_nothing_ticked_or_no_such_step_changes_nothing(staff: Caller, form: dict[str, str], sql: Any) -> None:
    assert sent(staff.client, f"{PAGE}/bulk", **form).status_code == 409
    sql.execute("SELECT count(*) FROM orders WHERE status = 'SHIPPED'")
    assert sql.fetchone() == (0,)


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(("wanted", "moved", "steps"), [("PROCESSING", 1, 2), ("CANCELLED", 2, 3)])
def test_of_operators_who_move_many_at_once_each_order_is_moved_by_one(
    app: HoldfastApp, sql: Any, wanted: str, moved: int, steps: int
) -> None:
    def move(_: int) -> int:
        with db.transaction():
            return many.move(which=OrderFilter(), ids=None, status=wanted, zone="UTC").done

    assert sum(at_once(app, 4, move)) == moved
    sql.execute("SELECT count(*), count(DISTINCT order_id) FROM order_events WHERE kind = %s", [wanted.lower()])
    assert sql.fetchall() == [(steps, steps)]
