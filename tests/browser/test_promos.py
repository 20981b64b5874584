"""Promos in a browser: found, moved one by one or many at once, looked at in a week, ended after a question."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.history import go_back
from tests.browser.planned import after, held_by, make_promo, status
from tests.browser.stack import Stack
from tests.browser.test_products import SHAPES
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow

SCRIPTS = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])


def listed(page: Page, name: str, more: str = "") -> None:
    """The list with only this test's promos."""
    page.goto(f"/console/promos?q={name.replace(' ', '+')}{more}")


@SCRIPTS
def test_many_are_paused_and_what_was_skipped_is_told(open_as: OpenAs, stack: Stack, name: str, script: bool) -> None:
    running, draft = make_promo(stack, name, is_active=True), make_promo(stack, f"{name} two")
    page = open_as("operator", java_script_enabled=script)
    listed(page, name)
    expect(page.get_by_text("Tick rows to act on them.")).to_be_visible()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_have_count(0)
    page.get_by_label("All 2 promos").check()
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("1 done, 1 skipped: 1 draft.")
    assert (status(stack, running), status(stack, draft)) == ("paused", "draft")


def test_the_tabs_and_the_search_change_rows_and_address(page: Page, stack: Stack, name: str) -> None:
    make_promo(stack, name, is_active=True)
    make_promo(stack, f"{name} two")
    page.goto("/console/promos")
    page.get_by_label("Search by product or SKU").fill(name)
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("navigation", name="Status").get_by_role("link", name="Draft").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("status=draft"))
    expect(page.locator("tbody .badge").last).to_have_text("Draft")
    go_back(page)
    expect(page.locator("tbody tr")).to_have_count(2)


@SCRIPTS
def test_a_promo_ends_when_its_product_is_typed(open_as: OpenAs, stack: Stack, name: str, script: bool) -> None:
    made = make_promo(stack, name, is_active=True)
    page = open_as("operator", java_script_enabled=script)
    page.goto(f"/console/promos/{made['id']}")
    for typed, said, then in (("nothing", "Nothing was ended", "running"), (name, "is ended", "ended")):
        page.get_by_role("button", name="End", exact=True).click()
        expect(page.get_by_role("dialog")).to_contain_text(name)
        page.get_by_label("Type the name of the product").fill(typed)
        page.get_by_role("button", name="End promo").click()
        expect(page.locator(".toast").last).to_contain_text(said)
        assert status(stack, made) == then


def test_a_held_unit_counts_down_on_the_promos_page_and_is_released_there(page: Page, stack: Stack, name: str) -> None:
    made = make_promo(stack, name, is_active=True)
    held_by(stack, made, "customer1")
    page.goto(f"/console/promos/{made['id']}")
    expect(page.locator("td [data-expires-at]")).to_have_text(re.compile(r"^0:\d\d$"))
    page.get_by_role("button", name=re.compile(f"Release {name}")).click()
    page.get_by_role("button", name="Release reservation", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("The reservation is released.")
    expect(page).to_have_url(re.compile(f"/console/promos/{made['id']}$"))
    expect(page.get_by_text("Nobody holds a unit now.")).to_be_visible()


def test_who_holds_a_unit_is_shown_anew_but_never_under_a_ticked_row(page: Page, stack: Stack, name: str) -> None:
    made = make_promo(stack, name, is_active=True)
    page.clock.install()
    page.goto(f"/console/promos/{made['id']}")
    expect(page.get_by_text("Nobody holds a unit now.")).to_be_visible()
    held_by(stack, made, "customer1")
    boxes = page.locator("input[name=row]")
    page.clock.run_for(10_500)
    expect(boxes).to_have_count(1)
    boxes.check()
    held_by(stack, made, "customer2")
    page.clock.run_for(10_500)
    expect(page.locator(".stock-bar")).to_contain_text("2 held")
    expect(boxes).to_have_count(1)
    boxes.uncheck()
    page.get_by_role("heading", level=1).click()
    page.clock.run_for(10_500)
    expect(boxes).to_have_count(2)


def test_a_page_says_that_the_promo_moved_on(page: Page, stack: Stack, name: str) -> None:
    made = make_promo(stack, name, is_active=True)
    page.clock.install()
    page.goto(f"/console/promos/{made['id']}")
    page.clock.run_for(5_500)
    expect(page.locator(".heading .badge")).to_have_text("Running")
    expect(page.get_by_text("What this page offers is from before")).to_have_count(0)
    stack.call("POST", f"/flash-promos/{made['id']}/pause")
    page.clock.run_for(5_500)
    expect(page.locator(".heading .badge")).to_have_text("Paused")
    page.get_by_role("link", name="show it anew").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.get_by_text("What this page offers is from before")).to_have_count(0)


def test_units_and_end_are_changed_in_place_and_a_stale_change_is_told(page: Page, stack: Stack, name: str) -> None:
    made = make_promo(stack, name, is_active=True)
    page.goto(f"/console/promos/{made['id']}")
    page.get_by_role("textbox", name="Units").fill("99")
    page.get_by_role("button", name="Change the units").click()
    expect(page.get_by_role("textbox", name="Units")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("textbox", name="Units").fill("5")
    page.get_by_role("button", name="Change the units").click()
    expect(page.locator(".toast")).to_contain_text("Changed.")
    expect(page.locator(".stock-bar")).to_contain_text("5 in all")
    stack.call("PATCH", f"/flash-promos/{made['id']}", json={"quantity": 4})
    page.get_by_role("textbox", name="Units").fill("6")
    page.get_by_role("button", name="Change the units").click()
    expect(page.locator(".inline-change").get_by_role("alert")).to_be_visible()
    assert stack.call("GET", f"/flash-promos/{made['id']}")["quantity"] == 4


def test_the_checks_name_what_blocks_it(page: Page, stack: Stack, name: str) -> None:
    made = make_promo(stack, name, quantity=99)
    page.goto(f"/console/promos/{made['id']}")
    expect(page.get_by_text("1 thing blocks it.")).to_be_visible()
    expect(page.get_by_label("Checks")).to_contain_text("99 wanted, 20 available.")
    page.get_by_role("button", name="Activate").click()
    expect(page.locator(".toast")).to_contain_text("Nothing was changed; it is draft now.")
    stack.call("PATCH", f"/flash-promos/{made['id']}", json={"quantity": 9})
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_label("Checks")).to_contain_text("9 wanted, 20 available.")


def test_a_week_is_gone_through_and_a_promo_opened_by_keyboard(page: Page, stack: Stack, name: str) -> None:
    make_promo(stack, name, starts_at="2031-06-04T10:00:00Z", ends_at="2031-06-04T13:00:00Z")
    page.goto("/console/promos/calendar?week=2031-05-28")
    block = page.get_by_role("link", name=re.compile(f"^{name}, draft"))
    expect(block).to_have_count(0)
    page.get_by_role("link", name="Next week").focus()
    page.keyboard.press("Enter")
    expect(block).to_be_visible()
    expect(page).to_have_url(re.compile("week=2031-06-02"))
    page.get_by_role("link", name="Next week").focus()
    while not block.evaluate("e => e === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


@SCRIPTS
def test_a_week_is_a_list_on_a_phone(open_as: OpenAs, stack: Stack, name: str, script: bool) -> None:
    make_promo(stack, name, starts_at="2031-07-09T10:00:00Z", ends_at="2031-07-09T13:00:00Z")
    page = open_as("operator", phone=True, java_script_enabled=script)
    page.goto("/console/promos/calendar?week=2031-07-07")
    expect(page.locator(".week-drawn").first).to_be_hidden()
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_stored_name_runs_nothing_anywhere(page: Page, stack: Stack, name: str) -> None:
    evil = f"<img src=x onerror=alert(1)>{name}"
    store = stack.make_store(evil[:100])
    body = {"store_id": store["id"], "sku": name, "name": evil, "price": "4.90", "total_stock": 5}
    group = stack.call("POST", "/segments", json={"name": evil})
    product = stack.call("POST", "/products", json=body)
    facts = {"product_id": product["id"], "audience": "segments", "segment_ids": [group["id"]]}
    made = make_promo(stack, name, is_active=True, **facts)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    here = f"/console/promos/{made['id']}"
    for path in (
        f"/console/promos?q={name.split()[1]}",
        here,
        f"{here}/edit",
        f"{here}/preflight",
        "/console/promos/calendar",
    ):
        page.goto(path)
        expect(page.get_by_text(evil).first).to_be_attached()
        assert page.locator("img").count() == 0


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_the_pages_have_no_barrier(open_as: OpenAs, stack: Stack, name: str, phone: bool, theme: str) -> None:
    made, later = make_promo(stack, name, is_active=True), make_promo(stack, f"{name} two", ends_at=after(90_000))
    held_by(stack, made, "customer1")
    page = open_as("operator", phone=phone, theme=theme)
    listed(page, name)
    assert (barriers(page), overflow(page)) == ([], 0)
    page.get_by_label(re.compile(f"Choose {name} two")).check()
    assert (barriers(page), overflow(page)) == ([], 0)
    here = f"/console/promos/{made['id']}"
    places = ("/console/promos?q=nothing-is-called-this", "/console/promos/calendar", f"/console/promos/{later['id']}")
    for path in (*places, f"{here}/change", f"/console/reservations/promos?promo_id={made['id']}", here):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert (barriers(page), overflow(page)) == ([], 0), path
    page.get_by_role("button", name="End", exact=True).click()
    assert barriers(page) == []
