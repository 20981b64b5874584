"""Activations in a browser: stuck ones found from the home page, ended and asked about after a question."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bought import balance, buy, end, make_offer, rich_customer, silence
from tests.browser.keyboard import tab_to
from tests.browser.records import written
from tests.browser.stack import Stack
from tests.browser.test_products import SHAPES
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow

SCRIPTS = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
MARKUP = "<img src=x onerror=document.title='owned'>"
Bought = Callable[..., tuple[int, str]]


@pytest.fixture
def bought(stack: Stack, name: str) -> Bought:
    """A customer with 50.00 and an activation of an offer of this test."""

    def make(*, stuck: bool = False, **facts: Any) -> tuple[int, str]:
        customer = rich_customer(stack)
        made = buy(stack, customer, make_offer(stack, facts.pop("name", name), **facts))
        if stuck:
            silence(stack, made)
        return customer, made

    return make


def status(stack: Stack, made: str) -> str:
    """How it stands now."""
    return str(stack.call("GET", f"/account/transactions/{made}")["status"])


def test_a_stuck_one_is_found_from_home_and_refunded_by_keyboard_alone(
    page: Page, stack: Stack, bought: Bought, name: str
) -> None:
    customer, made = bought(stuck=True)
    page.goto("/console/")
    expect(page.get_by_text(re.compile(r"activations? (is|are) stuck"))).to_be_visible()
    page.goto(f"/console/activations?status=stuck&customer_id={customer}")
    tab_to(page, name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    tab_to(page, "Refund")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(name)
    expect(dialog).to_contain_text("€9.90 go back into the wallet")
    tab_to(page, "How you know it")
    page.keyboard.type("they say so")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("The money is back in the customer's account.")
    expect(page.locator(".heading .badge")).to_have_text("Failed")
    assert (status(stack, made), balance(stack, customer)) == ("FAILED", "50.00")


@SCRIPTS
def test_settling_asks_first_and_wants_a_word(open_as: OpenAs, stack: Stack, bought: Bought, script: bool) -> None:
    customer, made = bought(stuck=True)
    page = open_as("operator", java_script_enabled=script)
    page.goto(f"/console/activations/{made}")
    page.get_by_role("button", name="Settle", exact=True).click()
    page.get_by_role("button", name="Settle it").click()
    assert status(stack, made) == "PROCESSING"
    page.get_by_role("dialog").get_by_label("How you know it").fill("on the phone")
    page.get_by_role("button", name="Settle it").click()
    expect(page.locator(".toast")).to_contain_text("It is settled")
    expect(page.locator(".way [aria-current=step]")).to_contain_text("Activated")
    expect(page.get_by_role("table", name="Ledger entries")).to_contain_text("Revenue")
    assert balance(stack, customer) == "40.10"


@SCRIPTS
def test_the_partner_is_asked_again_after_a_question(
    open_as: OpenAs, stack: Stack, bought: Bought, script: bool
) -> None:
    _, made = bought()
    page = open_as("operator", java_script_enabled=script)
    page.goto(f"/console/activations/{made}")
    page.get_by_role("button", name="Ask again").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("the partner is asked what became of it")
    dialog.get_by_role("button", name="Ask again").click()
    expect(page.locator(".toast")).to_contain_text("The partner is asked again in a moment.")
    assert written(stack, "SELECT step FROM activations WHERE id = %s", [made]) == 2


@SCRIPTS
def test_whoever_comes_second_sees_how_it_stands(open_as: OpenAs, stack: Stack, bought: Bought, script: bool) -> None:
    _, made = bought(stuck=True)
    page = open_as("operator", java_script_enabled=script)
    page.goto(f"/console/activations/{made}")
    stack.call("POST", f"/account/transactions/{made}/settle", json={"note": "on the phone"})
    page.get_by_role("button", name="Refund", exact=True).click()
    page.get_by_role("dialog").get_by_label("How you know it").fill("I think so")
    page.get_by_role("button", name="Refund €9.90").click()
    expect(page.locator(".toast-error")).to_contain_text("it is activated now")
    expect(page.get_by_role("button", name="Refund")).to_have_count(0)


def test_tabs_and_filters_change_the_rows_and_the_address(page: Page, stack: Stack, bought: Bought, name: str) -> None:
    _, made = bought(stuck=True)
    page.goto("/console/activations")
    page.get_by_role("textbox", name="Offer").fill(name)
    expect(page).to_have_url(re.compile("offer="))
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("navigation", name="Status").get_by_role("link", name="Pending").click()
    expect(page.get_by_role("heading", name="No activation matches")).to_be_visible()
    page.get_by_role("navigation", name="Status").get_by_role("link", name="Stuck").click()
    expect(page).to_have_url(re.compile("status=stuck"))
    page.get_by_label("Transaction").fill(made[:8])
    expect(page).to_have_url(re.compile(f"q={made[:8]}"))
    page.get_by_label(f"Choose {name}").check()
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".toast")).to_contain_text("1 done.")


def test_a_customer_has_their_subscriptions(page: Page, stack: Stack, bought: Bought, name: str) -> None:
    customer, made = bought()
    end(stack, made, "SUCCESS", "succeeded")
    page.goto(f"/console/customers/{customer}")
    part = page.get_by_role("region", name="Subscriptions")
    expect(part.locator("tbody tr")).to_contain_text("Running")
    part.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_the_pages_have_no_barrier(open_as: OpenAs, stack: Stack, bought: Bought, phone: bool, theme: str) -> None:
    customer, stuck = bought(stuck=True, name=MARKUP + "W" * 50)
    failed, new = (buy(stack, customer, make_offer(stack, "W" * 100)) for _ in range(2))
    end(stack, failed, "FAILED", "refused", MARKUP + "W" * 300)
    page = open_as("operator", phone=phone, theme=theme)
    for path in (f"?customer_id={customer}", "?q=zzz", f"/{stuck}", f"/{failed}", f"/{new}"):
        page.goto(f"/console/activations{path}")
        assert (path, barriers(page), overflow(page)) == (path, [], 0)
        assert (page.locator("img").count(), page.title() == "owned") == (0, False)
    page.goto(f"/console/activations/{stuck}")
    for name in ("Ask again", "Settle", "Refund"):
        page.get_by_role("button", name=name, exact=True).first.click()
        assert barriers(page) == []
        page.get_by_role("button", name="Cancel").click()
