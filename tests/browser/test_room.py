"""The sale room in a browser: it moves by itself, its buttons work by mouse, by keyboard and without script."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from threading import Event, Thread
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.planned import after, held_by, make_promo, status
from tests.browser.records import written
from tests.browser.stack import Stack
from tests.browser.test_products import SHAPES, make_product
from tests.browser.visitors import OpenAs
from tests.browser.watch import Complaints, barriers, overflow

SCRIPTS = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
LATEST = "SELECT max(created_at) <= (SELECT paused_at FROM promos WHERE id = %s) FROM promo_holds WHERE promo_id = %s"
ZONES = "**/console/live/zones/**"


def room(promo: Any) -> str:
    return f"/console/live/{promo['id']}"


def state_of(page: Page) -> Any:
    return page.locator(".room-state .badge")


@contextmanager
def buying(stack: Stack, promo: Any) -> Iterator[list[str]]:
    """Customers of the demo hold units one after the other, as fast as they can; what was said to each."""
    ids = [int(each) for each in written(stack, "SELECT array_agg(id) FROM customers WHERE is_active", [])]
    stop, said = Event(), list[str]()

    def hold() -> None:
        for customer_id in cycle(ids):
            if stop.is_set():
                return
            try:
                body = {"promo_id": promo["id"], "customer_id": customer_id}
                stack.call("POST", "/promo-reservations", json=body)
                said.append("held")
            except AssertionError as refusal:
                said.extend(re.findall(r'"code":"(\w+)"', str(refusal)))

    shopper = Thread(target=hold)
    shopper.start()
    try:
        yield said
    finally:
        stop.set()
        shopper.join()


def test_what_happens_is_shown_without_a_reload_and_two_browsers_agree(
    open_as: OpenAs, stack: Stack, name: str
) -> None:
    made = make_promo(stack, name, is_active=True)
    pages = open_as("operator"), open_as("viewer")
    for page in pages:
        page.goto(room(made))
        expect(page.locator(".live-pill")).to_contain_text("Polling")
        expect(page.locator("[data-zone=stock]")).to_contain_text("0 held")
    held_by(stack, made, "customer1")
    for page in pages:
        expect(page.locator("[data-zone=stock]")).to_contain_text("1 held")
        expect(page.locator("[data-zone=feed] li")).to_have_count(1)
        expect(page.locator(".room-holds time")).to_have_text(re.compile(r"^0:\d\d$"))
    expect(pages[0].locator("[data-zone=stock]")).to_have_text(pages[1].locator("[data-zone=stock]").inner_text())


def test_a_sale_is_paused_and_goes_on_by_keyboard_alone(page: Page, stack: Stack, name: str) -> None:
    made = make_promo(stack, name, is_active=True)
    page.goto(room(made))
    pause = page.get_by_role("button", name="Pause")
    while not pause.evaluate("e => e === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(state_of(page)).to_have_text("Paused")
    expect(page.locator(".room-since")).to_contain_text("Paused since")
    assert status(stack, made) == "paused"
    expect(page.get_by_role("button", name="Resume")).to_be_focused()
    page.keyboard.press("Enter")
    expect(state_of(page)).to_have_text("Running")
    expect(pause).to_be_focused()


def test_nothing_is_held_after_the_pause(page: Page, stack: Stack, name: str) -> None:
    product = make_product(stack, name, total_stock=500)
    made = make_promo(stack, name, is_active=True, product_id=product["id"], quantity=500)
    page.goto(room(made))
    with buying(stack, made) as said:
        expect(page.locator("[data-zone=stock]")).not_to_contain_text(re.compile(r"\b0 held"))
        page.get_by_role("button", name="Pause").click()
        expect(state_of(page)).to_have_text("Paused")
        for _ in range(1000):
            if "promo_not_running" in said:
                break
            page.wait_for_timeout(20)
    assert "held" in said
    assert "held" not in said[said.index("promo_not_running") :]
    assert written(stack, LATEST, [made["id"], made["id"]]) is True


@SCRIPTS
def test_it_is_changed_with_and_without_script(open_as: OpenAs, stack: Stack, name: str, script: bool) -> None:
    made = make_promo(stack, name, is_active=True)
    page = open_as("operator", java_script_enabled=script)
    page.goto(room(made))
    expect(page.locator("[data-zone=stock]")).to_contain_text("3 in all")
    page.get_by_label("Units", exact=True).fill("2")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".toast").last).to_contain_text("has 5 units in all")
    page.get_by_role("button", name="15 min").click()
    expect(page.locator(".toast").last).to_contain_text("ends 15 minutes later")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".toast").last).to_contain_text("is paused since")
    expect(state_of(page)).to_have_text("Paused")
    assert (status(stack, made), stack.call("GET", f"/flash-promos/{made['id']}")["quantity"]) == ("paused", 5)


@SCRIPTS
def test_a_unit_is_released(open_as: OpenAs, stack: Stack, name: str, script: bool) -> None:
    made = make_promo(stack, name, is_active=True)
    held_by(stack, made, "customer1")
    page = open_as("operator", java_script_enabled=script)
    page.goto(room(made))
    page.get_by_role("button", name="Release the unit of customer1").click()
    if script:
        expect(page.get_by_role("dialog")).to_contain_text("customer1 holds it and loses it.")
        page.get_by_role("dialog").get_by_role("button", name="Release").click()
    expect(page.locator(".toast")).to_contain_text("The unit is released")
    expect(page.locator("[data-zone=stock]")).to_contain_text("0 held")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_change_of_what_is_out_of_date_shows_both_values(page: Page, stack: Stack, name: str) -> None:
    made = make_promo(stack, name, is_active=True)
    page.route(ZONES, lambda _: None)  # nobody tells this page of what the others do
    page.goto(room(made))
    stack.call("PATCH", f"/flash-promos/{made['id']}", json={"quantity": 5})
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".toast")).to_contain_text("you saw 3, it is 5 now. Nothing was changed.")
    page.unroute(ZONES)
    expect(page.locator("[data-zone=stock]")).to_contain_text("5 in all")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".toast").last).to_contain_text("has 15 units in all")


def test_the_end_wants_the_name_and_leaves_the_results(page: Page, stack: Stack, name: str) -> None:
    made = make_promo(stack, name, is_active=True)
    page.goto(room(made))
    for typed, then in (("nothing", "Running"), (name, "Ended")):
        page.get_by_role("button", name="End now").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(f"The promo of {name} sells nothing more")
        dialog.get_by_label("Type the name of the product").fill(typed)
        dialog.get_by_role("button", name="End now").click()
        expect(page.locator(".toast").last).to_contain_text("ended")
        expect(state_of(page)).to_have_text(then)
    expect(page.get_by_role("region", name="Actions")).to_be_hidden()
    expect(page.locator("[data-zone=figures]")).to_be_visible()


def test_who_only_reads_sees_no_buttons_and_is_told_why(open_as: OpenAs, stack: Stack, name: str) -> None:
    made = make_promo(stack, name, is_active=True)
    held_by(stack, made, "customer1")
    page = open_as("viewer")
    page.goto(room(made))
    expect(page.get_by_text("you need the role of an operator")).to_be_visible()
    expect(page.locator(".room-holds")).to_contain_text("customer1")
    expect(page.get_by_role("button", name=re.compile("Release|Pause|End now"))).to_have_count(0)


def test_when_no_answer_comes_what_was_shown_stays_and_says_how_old_it_is(
    page: Page, stack: Stack, name: str, complaints: Complaints
) -> None:
    made = make_promo(stack, name, is_active=True)
    page.clock.install()
    page.goto(room(made))
    expect(page.locator(".live-pill")).to_contain_text("Polling")
    page.route(ZONES, lambda route: route.fulfill(status=503, body=""))
    page.clock.run_for(12_000)
    expect(page.locator(".live-pill")).to_contain_text("Stale 00:1")
    expect(page.locator("[data-zone=stock]")).to_contain_text("3 in all")
    page.unroute(ZONES)
    page.clock.run_for(2_500)
    expect(page.locator(".live-pill")).to_contain_text("Polling")
    complaints.forget("503")
    complaints.forget("htmx")


def test_a_clock_that_is_wrong_shows_the_time_of_the_server(page: Page, stack: Stack, name: str) -> None:
    made = make_promo(stack, name, is_active=True, ends_at=after(1800))
    page.add_init_script("const real = Date.now; Date.now = () => real() + 300000")
    page.goto(room(made))
    expect(page.locator(".room-left")).to_have_text(re.compile(r"^29:[0-5]\d$"))


def test_a_sale_to_come_counts_down_and_says_what_is_in_its_way(page: Page, stack: Stack, name: str) -> None:
    made = make_promo(stack, name, is_active=True, starts_at=after(900))
    page.goto(room(made))
    expect(page.locator(".room-state")).to_contain_text(re.compile(r"Starts\s+in\s+14:\d\d"))
    expect(page.get_by_label("Checks")).to_be_visible()


def test_stored_names_run_nothing(page: Page, stack: Stack, name: str) -> None:
    evil = f"<img src=x onerror=alert(1)>{name}"
    body = {"store_id": stack.make_store(evil[:100])["id"], "sku": name, "name": evil, "price": "4.90"}
    product = stack.call("POST", "/products", json=body | {"total_stock": 5})
    made = make_promo(stack, name, is_active=True, product_id=product["id"])
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    held_by(stack, made, "customer1")
    page.goto(room(made))
    expect(page.get_by_role("heading", level=1)).to_have_text(evil)
    page.get_by_role("button", name="End now").click()
    assert page.locator("img").count() == 0


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_the_room_has_no_barrier_in_any_state(
    open_as: OpenAs, stack: Stack, name: str, phone: bool, theme: str
) -> None:
    running, later = make_promo(stack, name, is_active=True), make_promo(stack, f"{name} two", starts_at=after(600))
    held = held_by(stack, running, "customer1")
    stack.call("POST", f"/promo-reservations/{held['id']}/complete")
    held_by(stack, running, "customer2")
    page = open_as("operator", phone=phone, theme=theme)
    page.goto(room(running))
    for table in page.locator("summary").all():
        table.click()
    assert (barriers(page), overflow(page)) == ([], 0)
    page.get_by_role("button", name="End now").click()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    stack.call("POST", f"/flash-promos/{running['id']}/pause")
    expect(state_of(page)).to_have_text("Paused")
    assert (barriers(page), overflow(page)) == ([], 0)
    stack.call("POST", f"/flash-promos/{running['id']}/end")
    for path in (room(running), room(later), "/console/", "/console/live/999999"):
        page.goto(path)
        page.wait_for_load_state("networkidle" if path == "/console/" else "load")
        if path == room(later):
            expect(page.get_by_label("Checks")).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert (barriers(page), overflow(page)) == ([], 0), path
