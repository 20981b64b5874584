"""Offers in a browser: made, changed, hidden and deleted, with and without script."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bought import buy, make_offer, rich_customer
from tests.browser.stack import Stack
from tests.browser.test_products import SHAPES
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow

SCRIPTS = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])


@SCRIPTS
def test_an_offer_is_made_changed_and_deleted(open_as: OpenAs, stack: Stack, name: str, script: bool) -> None:
    page = open_as("operator", java_script_enabled=script)
    page.goto("/console/offers")
    page.get_by_role("link", name="New offer").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Price").fill("0")
    page.get_by_label("Days").fill("30")
    page.get_by_role("button", name="Make offer").click()
    expect(page.get_by_label("Price")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Price").fill("9,90")
    page.get_by_role("button", name="Make offer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Days").fill("7")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".facts")).to_contain_text("7 days")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text(name)
    page.get_by_role("button", name="Delete offer").click()
    page.wait_for_url("**/console/offers")
    assert stack.call("GET", "/offers", params={"q": name})["data"] == []


def test_what_was_bought_is_not_deleted_and_says_so(page: Page, stack: Stack, name: str) -> None:
    made = make_offer(stack, name)
    buy(stack, rich_customer(stack), made)
    page.goto(f"/console/offers/{made['id']}")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete offer").click()
    expect(page.locator(".toast-error")).to_contain_text("still referred to")
    page.get_by_role("link", name="Pending 1").click()
    expect(page.locator("tbody tr")).to_have_count(1)


@SCRIPTS
def test_many_are_hidden_after_a_question(open_as: OpenAs, stack: Stack, name: str, script: bool) -> None:
    for number in range(3):
        make_offer(stack, f"{name} {number}", is_active=number > 0)
    page = open_as("operator", java_script_enabled=script)
    page.goto("/console/offers?q=" + name.replace(" ", "+"))
    page.get_by_label("All 3 offers").check()
    page.get_by_role("button", name="Deactivate", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("3 offers")
    page.get_by_role("button", name="Deactivate offers").click()
    expect(page.locator(".toast")).to_contain_text("2 done, 1 skipped: 1 inactive already.")


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_the_pages_have_no_barrier(open_as: OpenAs, stack: Stack, phone: bool, theme: str) -> None:
    made = make_offer(stack, "W" * 100, price="9999999999.99", description="W" * 300)
    page = open_as("operator", phone=phone, theme=theme)
    for path in ("", "?q=ZZZ", "/new", f"/{made['id']}", f"/{made['id']}/edit"):
        page.goto(f"/console/offers{path}")
        assert (path, barriers(page), overflow(page)) == (path, [], 0)
    page.goto(f"/console/offers/{made['id']}")
    for name in ("Deactivate", "Delete"):
        page.get_by_role("button", name=name, exact=True).click()
        assert barriers(page) == []
        page.get_by_role("button", name="Cancel").click()
