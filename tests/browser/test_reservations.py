"""Reservations in a browser: they count down by the server's clock, and are given back one by one or many at once."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.records import written
from tests.browser.stack import Stack
from tests.browser.test_products import SHAPES, make_product
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow

LEFT = re.compile(r"^\d+:\d\d$")


@pytest.fixture
def hold(stack: Stack, name: str) -> Any:
    """Makes a reservation of a product of this test for a customer of the demo; what was held before is given back."""
    for held in stack.call("GET", "/reservations", params={"status": "held", "limit": 100})["data"]:
        stack.call("DELETE", f"/reservations/{held['id']}")
    product = make_product(stack, name)
    customer_id = written(stack, "SELECT id FROM users WHERE username = 'customer1'", [])

    def make(quantity: int = 1) -> Any:
        body = {"product_id": product["id"], "quantity": quantity, "customer_id": customer_id}
        return stack.call("POST", "/reservations", json=body)

    return make


def here(page: Page, name: str, status: str = "") -> None:
    """The list with only this test's product."""
    page.goto(f"/console/reservations?sku={name.replace(' ', '+')}&status={status}")


def test_a_reservation_counts_down_by_the_servers_clock(open_as: OpenAs, hold: Any, name: str) -> None:
    page = open_as("operator")
    hold(2)
    page.clock.install(time="2020-01-01T00:00:00Z")
    here(page, name)
    left = page.locator("[data-expires-at]")
    expect(left).to_have_text(re.compile(r"^(10:00|9:[0-5]\d)$"))
    page.clock.run_for(120_000)
    expect(left).to_have_text(re.compile(r"^(8:00|7:[0-5]\d)$"))
    page.clock.run_for(600_000)
    expect(left).to_have_count(0)
    expect(page.get_by_text("Time is over", exact=True)).to_be_visible()


def test_it_tells_what_is_left_without_script(open_as: OpenAs, hold: Any, name: str) -> None:
    hold()
    page = open_as("operator", java_script_enabled=False)
    here(page, name)
    expect(page.locator("[data-expires-at]")).to_have_text(re.compile("min"))


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_one_is_released_after_a_question(open_as: OpenAs, stack: Stack, hold: Any, name: str, script: bool) -> None:
    made = hold(2)
    page = open_as("operator", java_script_enabled=script)
    here(page, name, "held")
    page.get_by_role("button", name=re.compile(rf"Release 2 . {name}")).click()
    expect(page.get_by_role("dialog")).to_contain_text("customer1 loses it")
    page.get_by_role("button", name="Release reservation", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("The reservation is released.")
    expect(page.get_by_role("heading", name="No reservation matches")).to_be_visible()
    assert stack.call("GET", f"/reservations/{made['id']}")["status"] == "released"


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_many_are_released_and_the_rest_is_told(
    open_as: OpenAs, stack: Stack, hold: Any, name: str, script: bool
) -> None:
    first, second, _ = [hold() for _ in range(3)]
    page = open_as("operator", java_script_enabled=script)
    here(page, name)
    for box in page.locator("input[name=row]").all()[:2]:
        box.check()
    stack.call("DELETE", f"/reservations/{second['id']}")
    page.get_by_role("button", name="Release", exact=True).click()
    page.get_by_role("button", name="Release reservations").click()
    expect(page.locator(".toast")).to_contain_text("1 done, 1 skipped: 1 released already.")
    assert stack.call("GET", f"/reservations/{first['id']}")["status"] == "held"
    page.get_by_label("All 1 held now").check()
    page.get_by_role("button", name="Release", exact=True).click()
    page.get_by_role("button", name="Release reservations").click()
    expect(page.locator(".toast").last).to_contain_text("1 done.")
    expect(page.locator("input[name=row]")).to_have_count(0)


def test_a_filter_changes_the_rows_and_the_address(page: Page, hold: Any, name: str) -> None:
    hold()
    page.goto("/console/reservations")
    page.get_by_label("SKU").fill(name)
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("[data-expires-at]")).to_have_text(LEFT)
    page.get_by_label("Status").select_option("completed")
    expect(page.get_by_role("heading", name="No reservation matches")).to_be_visible()
    expect(page).to_have_url(re.compile("status=completed"))


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_the_pages_have_no_barrier(open_as: OpenAs, hold: Any, name: str, phone: bool, theme: str) -> None:
    hold(2)
    page = open_as("operator", phone=phone, theme=theme)
    for status in ("", "completed"):
        here(page, name, status)
        assert (barriers(page), overflow(page)) == ([], 0)
    here(page, name)
    page.get_by_label(re.compile(rf"Choose 2 . {name}")).check()
    assert (barriers(page), overflow(page)) == ([], 0)
    page.get_by_role("button", name="Release", exact=True).click()
    assert barriers(page) == []
