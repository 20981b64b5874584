"""The form of a promo in a browser: by keyboard alone, without script, drawn on the map, refused and stale."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keyboard import tab_to
from tests.browser.planned import make_promo, status
from tests.browser.stack import Stack
from tests.browser.test_products import SHAPES, make_product
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow, settled


def fill(page: Page) -> None:
    """All but the product."""
    page.get_by_label("Promo price").fill("2,90")
    page.get_by_label("Units").fill("3")
    page.locator("#starts_at").fill("2031-01-31T18:00:00")
    page.locator("#ends_at").fill("2031-01-31T19:00:00")


def the_only(stack: Stack, name: str) -> object:
    """The promo of this test's product."""
    (found,) = stack.call("GET", "/flash-promos", params={"q": name})["data"]
    return found


def test_a_promo_is_made_activated_and_paused_by_keyboard_alone(page: Page, stack: Stack, name: str) -> None:
    make_product(stack, name)
    page.goto("/console/promos")
    tab_to(page, "New promo")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("New promo")
    tab_to(page, "Find a product")
    page.keyboard.type(name)
    expect(page.locator("#product_id option")).to_have_count(2)
    for label, keys in (("Product", name), ("Promo price", "2.90"), ("Units", "")):
        tab_to(page, label)
        page.keyboard.type(keys)
    for label in ("Starts", "Ends"):
        tab_to(page, label)
        page.keyboard.type("01312031")
        page.keyboard.press("ArrowRight")
        page.keyboard.type("060000PM" if label == "Starts" else "070000PM")
    expect(page.get_by_text("1 h", exact=True)).to_be_visible()
    tab_to(page, "Save draft")
    page.keyboard.press("Enter")
    expect(page.locator(".heading .badge")).to_have_text("Draft")
    for label, state in (("Activate", "Scheduled"), ("Pause", "Paused")):
        tab_to(page, label)
        page.keyboard.press("Enter")
        expect(page.locator(".heading .badge")).to_have_text(state)
    assert status(stack, the_only(stack, name)) == "paused"


def test_a_promo_is_made_and_activated_without_script(open_as: OpenAs, stack: Stack, name: str) -> None:
    make_product(stack, name)
    page = open_as("operator", java_script_enabled=False)
    page.goto("/console/promos/new")
    fill(page)
    page.get_by_label("Find a product").fill(name)
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_label("Promo price")).to_have_value("2,90")
    page.locator("#product_id").select_option(label=f"{name} · {name} · Store of {name}")
    page.get_by_role("button", name="Show its price, stock and customers").click()
    expect(page.get_by_text("41% off")).to_be_visible()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("button", name="Activate").click()
    expect(page.locator(".heading .badge")).to_have_text("Scheduled")


def test_a_refused_form_says_why_at_each_field_and_saves_nothing(page: Page, stack: Stack, name: str) -> None:
    product = make_product(stack, name)
    page.goto(f"/console/promos/new?product_id={product['id']}")
    fill(page)
    page.get_by_label("Promo price").fill("4.90")
    page.get_by_role("button", name="Save and activate").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Promo price")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Promo price").fill("2.90")
    page.get_by_label("Units").fill("6")
    page.get_by_role("button", name="Save and activate").click()
    expect(page.locator("#quantity-error")).to_contain_text("5 are available")
    settled(page)
    page.locator("#starts_at").fill("2031-03-30T02:30:00")
    page.locator("#ends_at").fill("2031-03-30T04:30:00")
    expect(page.locator("#preview")).to_contain_text("does not exist in Europe/Berlin")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#starts_at-error")).to_contain_text("does not exist in Europe/Berlin")
    assert stack.call("GET", "/flash-promos", params={"q": name})["data"] == []


def test_a_stale_edit_shows_both_values(page: Page, stack: Stack, name: str) -> None:
    made = make_promo(stack, name)
    page.goto(f"/console/promos/{made['id']}/edit")
    stack.call("PATCH", f"/flash-promos/{made['id']}", json={"quantity": 7})
    page.get_by_label("Units").fill("5")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("[data-yours=quantity]")).to_have_text("5")
    expect(page.locator("[data-theirs=quantity]")).to_have_text("7")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator(".toast")).to_contain_text("is changed")
    assert stack.call("GET", f"/flash-promos/{made['id']}")["quantity"] == 5


def test_the_circle_and_the_field_say_the_same(page: Page, stack: Stack, name: str) -> None:
    store = stack.make_store(name, latitude=-12.0, longitude=-77.0)
    product = make_product(stack, name, store_id=store["id"])
    for far, username in ((0.01, "near"), (0.04, "farther")):
        place = {"latitude": -12.0 + far, "longitude": -77.0}
        who = f"{username}-{name.split()[1]}"
        stack.call("POST", "/customers", json={"username": who, "email": f"{who}@shop.example"} | place)
    page.goto(f"/console/promos/new?product_id={product['id']}")
    audience = page.locator("#preview [role=status] strong")
    expect(audience).to_have_text("1")
    page.get_by_label("Within km").fill("5")
    expect(audience).to_have_text("2")
    expect(page.locator(".map figcaption")).to_contain_text("5 km from the store")
    handle, pin = (page.locator(f".map-{part}").bounding_box() for part in ("handle", "reach"))
    assert handle is not None
    assert pin is not None
    middle, height = pin["x"] + pin["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(handle["x"] + handle["width"] / 2, height)
    page.mouse.down()
    page.mouse.move(middle + pin["width"] / 4, height, steps=4)
    page.mouse.up()
    expect(audience).to_have_text("1")
    assert 2.3 < float(page.get_by_label("Within km").input_value()) < 2.7
    page.get_by_label("Anywhere").check()
    expect(page.locator(".map figcaption")).to_contain_text("Buyers may be anywhere")


def test_while_it_runs_the_rest_is_greyed_out(page: Page, stack: Stack, name: str) -> None:
    made = make_promo(stack, name, is_active=True)
    page.goto(f"/console/promos/{made['id']}/edit")
    for label in ("Product", "Promo price", "For each customer", "Starts", "Within km", "Priority"):
        expect(page.get_by_label(label)).to_be_disabled()
    page.get_by_label("Units").fill("4")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".stock-bar")).to_contain_text("4 in all")


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_the_form_has_no_barrier(open_as: OpenAs, stack: Stack, name: str, phone: bool, theme: str) -> None:
    draft, running = make_promo(stack, name), make_promo(stack, f"{name} two", is_active=True)
    page = open_as("operator", phone=phone, theme=theme)
    for path in ("new", f"new?product_id={draft['product_id']}", f"{draft['id']}/edit", f"{running['id']}/edit"):
        page.goto(f"/console/promos/{path}")
        assert (barriers(page), overflow(page)) == ([], 0), path
    page.goto("/console/promos/new")
    page.locator("#audience [value=segments]").check()
    page.get_by_role("button", name="Save and activate").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("things need mending"))
    assert (barriers(page), overflow(page)) == ([], 0)
