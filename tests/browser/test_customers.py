"""Customers in the console: found, read, changed, deleted."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.records import written
from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow

CUSTOMERS = "/console/customers"
MakeCustomer = Callable[..., Any]


@pytest.fixture
def login() -> str:
    """A username that no other test uses."""
    return f"quay{uuid.uuid4().hex[:8]}"


@pytest.fixture
def make(stack: Stack, login: str) -> MakeCustomer:
    """A maker of customers, whose names all begin with the login."""

    def made(**facts: Any) -> Any:
        body = {"username": login, "email": f"{facts.get('username', login)}@shop.example"} | facts
        return stack.call("POST", "/customers", json=body)

    return made


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_pages_have_no_barrier(  # noqa: PLR0917 - fixtures and cases
    open_as: OpenAs, stack: Stack, make: MakeCustomer, login: str, phone: bool, theme: str
) -> None:
    segment = stack.call("POST", "/segments", json={"name": f"{login} {'W' * 80}"})
    facts = {"first_name": "W" * 100, "email": f"{'w' * 60}.{login}@shop.example", "segment_ids": [segment["id"]]}
    made = make(**facts, latitude=52.52, longitude=13.405)
    page = open_as("operator", phone=phone, theme=theme)
    for place in ("", f"?q={login}", "?q=nobody", "/new", f"/{made['id']}", f"/{made['id']}/edit"):
        page.goto(CUSTOMERS + place)
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        assert page.locator("h1").count() == 1
        assert barriers(page) == []
        assert overflow(page) <= 0
    page.get_by_label("Latitude").fill("north")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert barriers(page) == []
    page.goto(f"{CUSTOMERS}/{made['id']}")
    page.get_by_role("button", name="Delete", exact=True).click()
    assert barriers(page) == []


def test_a_list_is_narrowed_while_typing_and_by_segment(
    page: Page, stack: Stack, make: MakeCustomer, login: str
) -> None:
    segment = stack.call("POST", "/segments", json={"name": login})
    inside = make(username=f"{login}a", segment_ids=[segment["id"]])
    make(username=f"{login}b", first_name="Zora")
    page.goto(CUSTOMERS)
    page.get_by_label("Search customers").fill(login.upper())
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("Segment").select_option(label=login)
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("link", name=inside["username"], exact=True)).to_be_visible()
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as started:
        page.get_by_role("link", name="Export CSV").click()
    lines = started.value.path().read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[1] for line in lines] == ["username", inside["username"]]


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_customer_is_made_changed_and_deleted(open_as: OpenAs, stack: Stack, login: str, script: bool) -> None:
    segment = stack.call("POST", "/segments", json={"name": f"{login} regulars"})
    page = open_as("operator", java_script_enabled=script)
    page.goto(f"{CUSTOMERS}/new")
    page.get_by_label("Username").fill(login)
    page.get_by_label("E-mail address").fill("no address")
    page.get_by_label(segment["name"]).check()
    page.get_by_role("button", name="Create customer").click()
    expect(page.get_by_label("E-mail address")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label(segment["name"])).to_be_checked()
    page.get_by_label("E-mail address").fill(f"{login}@shop.example")
    page.get_by_role("button", name="Create customer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(login)
    expect(page.locator(".facts").get_by_role("link", name=segment["name"])).to_be_visible()

    page.get_by_role("link", name="Edit").click()
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Latitude").fill("52,52")
    page.get_by_label("Longitude").fill("13.405")
    page.get_by_label("In the shop").uncheck()
    page.get_by_label(segment["name"]).uncheck()
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".facts")).to_contain_text("52.52000, 13.40500")
    assert page.locator(".facts").get_by_role("link", name=segment["name"]).count() == 0
    expect(page.locator(".timeline > li").first).to_contain_text("operator")

    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text(login)
    page.get_by_role("button", name="Delete customer").click()
    expect(page.locator(".heading .badge")).to_have_text("Deleted")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("deleted-[0-9]+"))
    assert page.get_by_role("button", name="Delete", exact=True).count() == 0
    assert written(stack, "SELECT count(*) FROM users WHERE username = %s", [login]) == 0


def test_what_is_held_for_a_customer_is_on_their_page(page: Page, stack: Stack, make: MakeCustomer, login: str) -> None:
    made, other = make(), make(username=f"{login}b")
    tea: dict[str, Any] = {"sku": login, "name": f"Tea {login}", "price": "1.00", "total_stock": 5}
    product = stack.call("POST", "/products", json=tea | {"store_id": stack.make_store(login)["id"]})
    for customer, quantity in ((made, 2), (other, 1)):
        body = {"product_id": product["id"], "quantity": quantity, "customer_id": customer["id"]}
        stack.call("POST", "/reservations", json=body)
    page.goto(f"{CUSTOMERS}/{made['id']}")
    held = page.get_by_role("region", name="Open reservations")
    expect(held.locator("tbody tr")).to_have_count(1)
    expect(held).to_contain_text(tea["name"])
    assert barriers(page) == []
    assert overflow(page) <= 0
    held.locator(".sort").first.click()
    expect(held.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete customer").click()
    expect(held).not_to_contain_text(tea["name"])
    shown = stack.call("GET", f"/products/{product['id']}")
    assert (shown["available_stock"], shown["reserved_stock"]) == (4, 1)


def test_a_stale_edit_shows_both_values_and_can_be_saved_again(page: Page, stack: Stack, make: MakeCustomer) -> None:
    made = make(first_name="Ada")
    segment = stack.call("POST", "/segments", json={"name": f"{made['username']} regulars"})
    page.goto(f"{CUSTOMERS}/{made['id']}/edit")
    theirs = {"first_name": "Theirs", "segment_ids": [segment["id"]]}
    stack.call("PATCH", f"/customers/{made['id']}", json=theirs)
    page.get_by_label("First name").fill("Mine")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("[data-yours=first_name]")).to_have_text("Mine")
    expect(page.locator("[data-theirs=first_name]")).to_have_text("Theirs")
    expect(page.locator("[data-theirs=segment_ids]")).to_have_text(segment["name"])
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".facts")).to_contain_text("Mine")


def test_markup_in_a_name_stays_text(page: Page, stack: Stack, make: MakeCustomer, login: str) -> None:
    text = "<img src=x onerror=document.title='owned'>"
    made = make(username=f"{login}<b>", email=f"{login}@shop.example", first_name=text)
    stack.call("POST", "/segments", json={"name": f"{login}{text}"})
    for path in (f"?q={login}", f"/{made['id']}", f"/{made['id']}/edit"):
        page.goto(CUSTOMERS + path)
        assert page.locator("img").count() == 0
        assert "owned" not in page.title()
    page.goto(f"{CUSTOMERS}/{made['id']}")
    expect(page.get_by_text(text).first).to_be_visible()


def test_a_viewer_is_offered_no_change(open_as: OpenAs, make: MakeCustomer) -> None:
    page = open_as("viewer")
    made = make()
    page.goto(f"{CUSTOMERS}/{made['id']}")
    assert page.get_by_role("button", name="Delete").count() == 0
    assert page.get_by_role("link", name="Edit").count() == 0
    answer = page.goto(f"{CUSTOMERS}/{made['id']}/edit")
    assert answer is not None
    assert answer.status == 403
