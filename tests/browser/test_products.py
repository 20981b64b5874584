"""Products in a browser: found, made, counted from the list, switched many at once, filled from a file."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.history import go_back
from tests.browser.records import locked
from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import Complaints, barriers, overflow

HEADER = "sku,set_to,expected,reason,row_key\n"
SHAPES = [(False, "light"), (True, "dark"), (False, "dark"), (True, "light")]


def make_product(stack: Stack, sku: str, **facts: Any) -> Any:
    """A product of a store of its own, with five units."""
    store = facts.pop("store_id", None) or stack.make_store(f"Store of {sku}")["id"]
    body = {"store_id": store, "sku": sku, "name": sku, "price": "4.90", "total_stock": 5} | facts
    return stack.call("POST", "/products", json=body)


def total(stack: Stack, product: Any) -> int:
    """How many there are now."""
    return int(stack.call("GET", f"/products/{product['id']}")["total_stock"])


def search(page: Page, name: str) -> None:
    """The list with only this name on it."""
    page.goto("/console/products?q=" + name.replace(" ", "+"))


def test_a_product_is_made_edited_and_deleted(page: Page, stack: Stack, name: str) -> None:
    store = stack.make_store(name)
    page.goto("/console/products")
    page.get_by_role("link", name="New product").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("SKU").fill(name)
    page.get_by_label("Price").fill("0")
    page.get_by_role("button", name="Create product").click()
    expect(page.get_by_role("alert")).to_be_focused()
    for label in ("Store", "Price"):
        expect(page.get_by_label(label, exact=label == "Store")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Store", exact=True).select_option(str(store["id"]))
    page.get_by_label("Price").fill("4,90")
    page.get_by_label("First stock").fill("7")
    page.get_by_role("button", name="Create product").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator(".stock-bar")).to_contain_text("7 available")
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Name").fill(f"{name} new")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".timeline ins").first).to_have_text(f"{name} new")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"{name} new")
    page.get_by_role("button", name="Delete product").click()
    page.wait_for_url("**/console/products")
    assert stack.call("GET", "/products", params={"q": name})["data"] == []


def test_a_stale_edit_shows_both_values(page: Page, stack: Stack, name: str) -> None:
    product = make_product(stack, name)
    page.goto(f"/console/products/{product['id']}/edit")
    stack.call("PATCH", f"/products/{product['id']}", json={"price": "7.00"})
    page.get_by_label("Price").fill("6.00")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("[data-yours=price]")).to_have_text("6.00")
    expect(page.locator("[data-theirs=price]")).to_have_text("7.00")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".facts")).to_contain_text("6.00")


def test_stock_is_counted_from_the_row_and_shown_only_once_it_is_kept(page: Page, stack: Stack, name: str) -> None:
    product = make_product(stack, name)
    search(page, name)
    row = page.locator("tbody tr")
    row.get_by_text("Adjust").click()
    row.get_by_label("New total").fill("12")
    row.get_by_label("Reason").fill("counted")

    def hold_back(route: Route) -> None:
        expect(row.locator("form[data-pending] button[aria-disabled=true]")).to_be_visible()
        expect(row.locator(".stock-bar")).to_contain_text("5 in all")
        assert total(stack, product) == 5
        route.continue_()

    page.route("**/stock", hold_back)
    row.get_by_role("button", name="Set the stock").click()
    expect(row.locator(".stock-bar")).to_contain_text("12 in all")
    expect(page.locator(".toast-ok")).to_contain_text("The total is 12 now.")
    expect(page).to_have_url("/console/products?q=" + name.replace(" ", "+"))
    assert total(stack, product) == 12


def test_a_stale_count_shows_what_was_seen_and_what_there_is(page: Page, stack: Stack, name: str) -> None:
    product = make_product(stack, name)
    search(page, name)
    stack.call("POST", f"/products/{product['id']}/stock-adjustments", json={"delta": 2, "reason": "x"})
    row = page.locator("tbody tr")
    row.get_by_text("Adjust").click()
    row.get_by_label("New total").fill("9")
    row.get_by_label("Reason").fill("counted")
    row.get_by_role("button", name="Set the stock").click()
    expect(row).to_contain_text("You saw 5; there are 7 now. Set again to make it 9.")
    expect(row.get_by_label("New total")).to_have_value("9")
    assert total(stack, product) == 7
    row.get_by_role("button", name="Set the stock").click()
    expect(row.locator(".stock-bar")).to_contain_text("9 in all")


def test_the_page_of_a_product_follows_its_counters(
    page: Page, stack: Stack, name: str, complaints: Complaints
) -> None:
    product = make_product(stack, name)
    page.clock.install()
    page.goto(f"/console/products/{product['id']}")
    expect(page.locator(".stock-bar")).to_contain_text("5 available")
    stack.call("POST", f"/products/{product['id']}/stock-adjustments", json={"delta": 3, "reason": "x"})
    page.clock.run_for(6000)
    expect(page.locator(".stock-bar")).to_contain_text("8 available")
    with locked(stack, "product_stock"):
        page.clock.run_for(6000)
        expect(page.locator(".failure")).to_contain_text("Could not refresh")
    expect(page.locator(".stock-bar")).to_contain_text("8 available")
    complaints.forget("503")
    complaints.forget("htmx:")


def test_movements_are_paged_with_who_and_why(page: Page, stack: Stack, name: str) -> None:
    product = make_product(stack, name)
    for number in range(30):
        body = {"delta": 1, "reason": f"delivery {number}"}
        stack.call("POST", f"/products/{product['id']}/stock-adjustments", json=body)
    page.goto(f"/console/products/{product['id']}")
    rows = page.get_by_role("table", name="Movements").locator("tbody tr")
    expect(rows).to_have_count(25)
    expect(rows.first).to_contain_text("delivery 29")
    expect(rows.first).to_contain_text("operator")
    page.get_by_role("link", name="Next page").click()
    expect(rows).to_have_count(6)
    expect(rows.last).to_contain_text("first stock")
    go_back(page)
    expect(rows.first).to_contain_text("delivery 29")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_all_that_match_are_switched_and_the_rest_is_told(
    open_as: OpenAs, stack: Stack, name: str, script: bool
) -> None:
    store = stack.make_store(name)["id"]
    for part, active in (("a", True), ("b", True), ("c", False)):
        make_product(stack, f"{name} {part}", store_id=store, is_active=active)
    page = open_as("operator", java_script_enabled=script)
    search(page, name)
    page.get_by_label("All 3 products").check()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("dialog")).to_contain_text("all 3 products")
    page.get_by_role("button", name="Deactivate products").click()
    expect(page.locator(".toast")).to_contain_text("2 done, 1 skipped: 1 inactive already.")
    expect(page.get_by_label("Search by name or SKU")).to_have_value(name)
    page.get_by_label(f"Choose {name} a").check()
    page.get_by_role("button", name="Activate", exact=True).click()
    expect(page.locator(".toast").last).to_contain_text("1 done.")
    expect(page.locator("tbody .badge-ok")).to_have_count(1)


def test_one_box_ticks_the_page_and_nothing_ticked_is_told(page: Page, stack: Stack, name: str) -> None:
    make_product(stack, name)
    search(page, name)
    button = page.get_by_role("button", name="Activate", exact=True, include_hidden=True)
    expect(button).to_be_hidden()
    button.evaluate("button => button.click()")  # as a browser without :has() lets it happen
    expect(page.locator(".toast-error")).to_contain_text("Tick at least one row")
    page.get_by_label("This page").check()
    expect(page.get_by_label(f"Choose {name}")).to_be_checked()
    expect(button).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_stock_file_is_checked_then_applied(open_as: OpenAs, stack: Stack, name: str, script: bool) -> None:
    product = make_product(stack, name)
    page = open_as("operator", java_script_enabled=script)
    page.goto("/console/products")
    page.get_by_role("link", name="Import stock").click()
    content = f"{HEADER}{name},9,5,counted,{name} 1\n{name} <img src=x>,1,0,x,{name} 2\n".encode()
    page.get_by_label("CSV file").set_input_files({"name": "s.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("table", name="Errors")).to_contain_text("There is no product with this SKU.")
    expect(page.get_by_role("table", name="Changes").locator("ins")).to_have_text("9")
    assert total(stack, product) == 5
    page.get_by_role("button", name="Apply 1 change").click()
    expect(page.get_by_role("heading", name="What was done")).to_be_visible()
    assert total(stack, product) == 9


def test_markup_in_names_stays_text(page: Page, stack: Stack, name: str) -> None:
    text = f"{name} <img src=x onerror=document.title='owned'>"
    product = make_product(stack, name, name=text, description=text)
    stack.call("POST", f"/products/{product['id']}/stock-adjustments", json={"delta": 1, "reason": text})
    for path in ("?q=" + name.replace(" ", "+"), f"/{product['id']}", f"/{product['id']}/edit"):
        page.goto(f"/console/products{path}")
        expect(page.locator("main")).to_contain_text(name)
        assert page.locator("img").count() == 0
        assert page.title() != "owned"


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_the_pages_have_no_barrier(open_as: OpenAs, stack: Stack, name: str, phone: bool, theme: str) -> None:
    store = stack.make_store("W" * 100)["id"]
    product = make_product(stack, name, store_id=store, name=name + "W" * 200, total_stock=1_000_000_000)
    page = open_as("operator", phone=phone, theme=theme)
    at = f"/{product['id']}"
    for path in ("?q=" + name.replace(" ", "+"), "?q=nothing-is-called-this", "/new", at, f"{at}/edit", f"{at}/stock"):
        page.goto(f"/console/products{path}")
        for summary in page.locator(".adjust:not([open]) summary").all():
            summary.click()
        assert (path, barriers(page), overflow(page)) == (path, [], 0)
    page.goto("/console/products/import")
    content = f"{HEADER}{name},9,1000000000,x,{name}\nNO,1,0,x,{name} 2\n".encode()
    page.get_by_label("CSV file").set_input_files({"name": "s.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Apply 1 change").wait_for()
    assert (barriers(page), overflow(page)) == ([], 0)
