"""Orders in a browser: found, paid, packed and shipped by keyboard alone, undone and paid back after a question."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.history import go_back
from tests.browser.keyboard import tab_to
from tests.browser.records import written
from tests.browser.stack import Stack
from tests.browser.test_products import SHAPES, make_product
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow

FRESH = """
    SELECT id FROM customers AS c WHERE is_active AND NOT EXISTS (SELECT FROM orders WHERE user_id = c.id)
    ORDER BY id DESC LIMIT 1
"""
SCRIPTS = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
MakeOrder = Callable[..., Any]


@pytest.fixture
def order(stack: Stack, name: str) -> MakeOrder:
    """Places an order of a product of this test for a customer who has none, and brings it as far as is asked."""
    product = make_product(stack, name, total_stock=1000)
    customer = written(stack, FRESH, [])

    def make(*steps: str, quantity: int = 2) -> Any:
        line = {"product_id": product["id"], "quantity": quantity}
        made = stack.call("POST", "/orders", json={"items": [line], "customer_id": customer})
        if steps:
            stack.call("POST", f"/orders/{made['id']}/payments", json={"note": "cash"})
        for step in steps[1:]:
            stack.call("PATCH", f"/orders/{made['id']}", json={"status": step})
        return made

    return make


def status(stack: Stack, made: Any) -> str:
    """How far the order is."""
    return str(stack.call("GET", f"/orders/{made['id']}")["status"])


def here(page: Page, made: Any) -> None:
    """The page of an order."""
    page.goto(f"/console/orders/{made['id']}")


def mine(page: Page, made: Any, more: str = "") -> None:
    """The list with only the orders of this customer."""
    page.goto(f"/console/orders?customer_id={made['customer_id']}{more}")


def test_an_order_is_paid_packed_and_shipped_by_keyboard_alone(page: Page, stack: Stack, order: MakeOrder) -> None:
    made = order()
    here(page, made)
    expect(page.locator("#main [data-expires-at]")).to_have_text(re.compile(r"^(30:00|29:\d\d)$"))
    page.goto(f"/console/orders?q={made['reference']}")
    for label, heading in ((made["reference"], made["reference"]), ("Record payment", "Record a payment")):
        tab_to(page, label)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(page.get_by_label("Amount")).to_have_value("9.80")
    expect(page.get_by_label("How it was paid")).to_be_focused()
    page.keyboard.type("cash")
    page.keyboard.press("Enter")
    expect(page.locator(".heading .badge")).to_have_text("Confirmed")
    for label, state in (("Start packing", "Packing"), ("Ship", "Shipped")):
        tab_to(page, label)
        page.keyboard.press("Enter")
        expect(page.locator(".heading .badge")).to_have_text(state)
    assert status(stack, made) == "SHIPPED"
    expect(page.locator(".way [aria-current=step]")).to_contain_text("Shipped")


@SCRIPTS
def test_a_paid_order_is_cancelled_after_a_question(
    open_as: OpenAs, stack: Stack, order: MakeOrder, script: bool
) -> None:
    made = order("CONFIRMED")
    page = open_as("operator", java_script_enabled=script)
    here(page, made)
    page.get_by_role("button", name="Cancel order").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 units go back on sale. €9.80 is paid back.")
    dialog.get_by_role("button", name="Keep it").click()
    assert status(stack, made) == "CONFIRMED"
    page.get_by_role("button", name="Cancel order").click()
    dialog.get_by_role("button", name="Cancel order").click()
    expect(page.locator(".toast")).to_contain_text("is cancelled.")
    expect(page.locator(".heading .badge")).to_have_text("Cancelled")
    expect(page.get_by_role("list", name="Refunds")).to_contain_text("Paid back")


@SCRIPTS
def test_a_refund_names_amount_and_customer_before_it_is_promised(
    open_as: OpenAs, stack: Stack, order: MakeOrder, script: bool
) -> None:
    made = order("CONFIRMED")
    page = open_as("operator", java_script_enabled=script)
    here(page, made)
    page.get_by_role("link", name="Refund", exact=True).click()
    expect(page.get_by_label("Amount")).to_have_value("9.80")
    page.get_by_label("Amount").fill("9,81")
    page.get_by_label("Reason").fill("dented")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Amount")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Amount").fill("4.90")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Pay €4.90 back to \w+"))
    assert stack.call("GET", f"/orders/{made['id']}")["refunded"] == "0.00"
    page.get_by_role("button", name="Pay €4.90 back").click()
    expect(page.locator(".toast")).to_contain_text("The refund is promised.")
    assert stack.call("GET", f"/orders/{made['id']}")["refunded"] == "4.90"


@SCRIPTS
def test_whoever_comes_second_sees_how_the_order_stands(
    open_as: OpenAs, stack: Stack, order: MakeOrder, script: bool
) -> None:
    made = order("CONFIRMED")
    page = open_as("operator", java_script_enabled=script)
    here(page, made)
    stack.call("POST", f"/orders/{made['id']}/cancel")
    page.get_by_role("button", name="Start packing").click()
    expect(page.locator(".toast-error")).to_contain_text("it is cancelled and refunded now")
    expect(page.locator(".heading .badge")).to_have_text("Cancelled")
    expect(page.get_by_role("button", name="Start packing")).to_have_count(0)


def test_a_step_waits_for_its_answer_and_is_sent_once(page: Page, stack: Stack, order: MakeOrder) -> None:
    made = order("CONFIRMED")
    here(page, made)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/move", hold)
    button = page.get_by_role("button", name="Start packing")
    button.click()
    button.click(force=True)
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(page.locator(".heading .badge")).to_have_text("Confirmed")
    while not held:
        page.wait_for_timeout(20)
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator(".heading .badge")).to_have_text("Packing")


@SCRIPTS
def test_many_go_on_and_the_others_are_told(open_as: OpenAs, stack: Stack, order: MakeOrder, script: bool) -> None:
    first, second, unpaid = order("CONFIRMED"), order("CONFIRMED"), order()
    page = open_as("operator", java_script_enabled=script)
    mine(page, unpaid)
    page.get_by_label("All 3 orders").check()
    page.get_by_role("button", name="Start packing").click()
    expect(page.locator(".toast")).to_contain_text("2 done, 1 skipped: 1 pending.")
    page.get_by_label(f"Choose {first['reference']}").check()
    page.get_by_role("button", name="Ship", exact=True).click()
    expect(page.locator(".toast").last).to_contain_text("1 done.")
    assert [status(stack, made) for made in (first, second, unpaid)] == ["SHIPPED", "PROCESSING", "PENDING"]
    page.get_by_label("All 3 orders").check()
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("3 orders")
    page.get_by_role("button", name="Cancel orders").click()
    expect(page.locator(".toast").last).to_contain_text("1 done, 2 skipped")


def test_new_orders_are_announced_and_shift_nothing(open_as: OpenAs, stack: Stack, order: MakeOrder) -> None:
    first = order("CONFIRMED")
    page = open_as("operator")
    page.clock.install()
    page.goto("/console/orders?status=PENDING")
    before = page.locator(".tabs").bounding_box(), page.locator(".list-head").bounding_box()
    second = order()
    page.clock.run_for(10_500)
    link = page.get_by_role("link", name=re.compile(r"\d+ new · show"))
    expect(link).to_be_visible()
    expect(page.get_by_role("link", name=second["reference"])).to_have_count(0)
    assert (page.locator(".tabs").bounding_box(), page.locator(".list-head").bounding_box()) == before
    link.click()
    expect(page.get_by_role("link", name=second["reference"])).to_be_visible()
    expect(page.get_by_role("link", name=first["reference"])).to_have_count(0)


def test_tabs_and_filters_change_the_rows_and_the_address(page: Page, order: MakeOrder) -> None:
    made = order("CONFIRMED")
    page.goto("/console/orders")
    page.get_by_label("Reference").fill(made["reference"][4:])
    expect(page).to_have_url(re.compile(f"q={made['reference'][4:]}"))
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("navigation", name="Status").get_by_role("link", name="Pending").click()
    expect(page.get_by_role("heading", name="No order matches")).to_be_visible()
    expect(page).to_have_url(re.compile(f"q={made['reference'][4:]}.*status=PENDING|status=PENDING.*q="))
    page.get_by_label("Payment").select_option("paid")
    expect(page).to_have_url(re.compile("payment_status=paid"))
    go_back(page)
    expect(page.get_by_label("Payment")).to_have_value("")
    expect(page).to_have_url(re.compile("^(?!.*payment_status).*status=PENDING"))
    go_back(page)
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("^(?!.*status)"))


@pytest.mark.parametrize("width", [360, 768, 900, 1024, 1280])
def test_no_reference_is_broken_and_no_column_cut_off(page: Page, order: MakeOrder, width: int) -> None:
    made = order("CONFIRMED")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/console/orders")
    assert page.locator(".table-frame").evaluate("e => e.scrollWidth - e.clientWidth") == 0
    link = page.get_by_role("link", name=made["reference"])
    lines = "e => { const r = document.createRange(); r.selectNodeContents(e); return r.getClientRects().length }"
    assert link.evaluate(lines) == 1


def test_only_the_slip_is_printed(page: Page, order: MakeOrder, name: str) -> None:
    made = order("CONFIRMED")
    here(page, made)
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    lines = page.get_by_role("table", name="Lines")
    expect(lines).to_contain_text(name)
    box, body = lines.bounding_box(), page.locator("main").bounding_box()
    assert box
    assert body
    assert box["width"] > body["width"] / 2
    expect(page.get_by_role("heading", name="Details")).to_be_visible()
    for heading in ("Payment", "Mails", "Notes", "Steps"):
        expect(page.get_by_role("heading", name=heading, exact=True)).not_to_be_visible()


def test_a_customers_page_shows_their_orders(page: Page, order: MakeOrder) -> None:
    made = order()
    page.goto(f"/console/customers/{made['customer_id']}")
    part = page.get_by_role("region", name="Orders", exact=True)
    expect(part.get_by_role("link", name=made["reference"])).to_be_visible()
    expect(part.locator("tbody tr")).to_have_count(1)


def test_markup_stays_text(page: Page, stack: Stack, order: MakeOrder) -> None:
    made = order("CONFIRMED")
    text = "<img src=x onerror=document.title='owned'>"
    stack.call("POST", f"/orders/{made['id']}/notes", json={"text": text})
    stack.call("POST", f"/orders/{made['id']}/refunds", json={"amount": "1.00", "reason": text})
    here(page, made)
    expect(page.locator("main")).to_contain_text("onerror")
    assert page.locator("img").count() == 0
    assert page.title() != "owned"


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_the_pages_have_no_barrier(open_as: OpenAs, stack: Stack, order: MakeOrder, phone: bool, theme: str) -> None:
    made, unpaid = order("CONFIRMED", quantity=100), order()
    stack.call("POST", f"/orders/{made['id']}/notes", json={"text": "W" * 200})
    stack.call("POST", f"/orders/{made['id']}/refunds", json={"amount": "1.00", "reason": "W" * 150})
    page = open_as("operator", phone=phone, theme=theme)
    mine(page, made)
    assert (barriers(page), overflow(page)) == ([], 0)
    page.get_by_label(f"Choose {made['reference']}").check()
    page.get_by_text("Days and totals").click()
    assert (barriers(page), overflow(page)) == ([], 0)
    paths = (
        "?q=ORD-NOTHING",
        f"/{made['id']}",
        f"/{unpaid['id']}",
        f"/{unpaid['id']}/payment",
        f"/{made['id']}/refund",
    )
    for path in paths:
        page.goto(f"/console/orders{path}")
        assert (path, barriers(page), overflow(page)) == (path, [], 0)
    page.get_by_label("Reason").fill("dented")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name=re.compile("^Pay €")).wait_for()
    assert (barriers(page), overflow(page)) == ([], 0)
    here(page, made)
    page.get_by_role("button", name="Cancel order").click()
    assert barriers(page) == []
