"""The wallet in a browser: read on the page of its customer, filled and paid out after a question."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bought import balance, rich_customer
from tests.browser.keyboard import tab_to
from tests.browser.stack import Stack
from tests.browser.test_products import SHAPES
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow

SCRIPTS = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
MARKUP = "<img src=x onerror=document.title='owned'>"


def test_money_is_put_in_by_keyboard_alone(page: Page, stack: Stack) -> None:
    customer = rich_customer(stack)
    page.goto(f"/console/customers/{customer}/wallet")
    tab_to(page, "Deposit")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Amount")).to_be_focused()
    page.keyboard.type("12,50")
    page.keyboard.press("Tab")
    page.keyboard.type("at the counter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Put €12.50 into the account of")
    expect(page.get_by_role("alert")).to_be_focused()
    assert balance(stack, customer) == "50.00"
    tab_to(page, "Put €12.50 in")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("€12.50 was put into the account of")
    expect(page.get_by_role("region", name="Wallet")).to_contain_text("€62.50")
    assert balance(stack, customer) == "62.50"


@SCRIPTS
def test_a_payout_names_amount_and_customer_before_it_is_made(open_as: OpenAs, stack: Stack, script: bool) -> None:
    customer = rich_customer(stack)
    page = open_as("operator", java_script_enabled=script)
    page.goto(f"/console/customers/{customer}/wallet/payout")
    page.get_by_label("Amount").fill("50.01")
    page.get_by_label("How").fill("in cash")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Amount")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Amount").fill("50")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("Take €50.00 out of the account of")
    assert balance(stack, customer) == "50.00"
    page.get_by_role("button", name="Take €50.00 out").click()
    expect(page.locator(".toast")).to_contain_text("was taken out of the account of")
    assert balance(stack, customer) == "0.00"


def test_the_statement_goes_on_in_its_place(page: Page, stack: Stack) -> None:
    customer = rich_customer(stack)
    for number in range(10):
        stack.call("POST", f"/customers/{customer}/deposits", json={"amount": "1", "note": f"number {number}"})
    page.goto(f"/console/customers/{customer}")
    part = page.get_by_role("region", name="Wallet")
    expect(part.locator("tbody tr")).to_have_count(10)
    part.get_by_role("link", name="Next page").click()
    expect(part.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("heading", name="Details")).to_be_visible()


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_the_wallet_has_no_barrier(open_as: OpenAs, stack: Stack, phone: bool, theme: str) -> None:
    customer = rich_customer(stack, "9999999999.99")
    stack.call("POST", f"/customers/{customer}/payouts", json={"amount": "1", "note": MARKUP + "W" * 100})
    page = open_as("operator", phone=phone, theme=theme)
    for path in ("", "/wallet", "/wallet/deposit", "/wallet/payout", "/subscriptions"):
        page.goto(f"/console/customers/{customer}{path}")
        page.wait_for_load_state("networkidle")
        assert (path, barriers(page), overflow(page)) == (path, [], 0)
    page.goto(f"/console/customers/{customer}/wallet/payout")
    page.get_by_label("Amount").fill("1")
    page.get_by_label("How").fill(MARKUP)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Take €1.00 out").wait_for()
    assert (barriers(page), overflow(page)) == ([], 0)
    assert (page.locator("img").count(), page.title() == "owned") == (0, False)
