"""Lists, forms and deletion in a browser that runs no script."""

from playwright.sync_api import expect

from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs


def test_a_list_is_searched_without_script(open_as: OpenAs, stack: Stack, name: str) -> None:
    stack.make_store(name)
    page = open_as("operator", java_script_enabled=False)
    page.goto("/console/stores")
    page.get_by_label("Search by name").fill(name)
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("#sort-name").click()
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_form_is_refused_then_saved_without_script(open_as: OpenAs, stack: Stack, name: str) -> None:
    page = open_as("operator", java_script_enabled=False)
    page.goto("/console/stores/new")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Latitude").fill("north")
    page.get_by_label("Longitude").fill("0")
    page.get_by_label("Time zone").fill("UTC")
    page.get_by_role("button", name="Create store").click()
    expect(page.get_by_label("Latitude")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name")).to_have_value(name)
    page.get_by_label("Latitude").fill("0")
    page.get_by_role("button", name="Create store").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator(".toast")).to_contain_text(name)


def test_a_store_is_deleted_without_script(open_as: OpenAs, stack: Stack, name: str) -> None:
    store = stack.make_store(name)
    page = open_as("operator", java_script_enabled=False)
    page.goto(f"/console/stores/{store['id']}")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete store").click()
    page.wait_for_url("**/console/stores")
    assert stack.stores_named(name) == []


def test_the_drawer_opens_without_script(open_as: OpenAs) -> None:
    page = open_as("operator", phone=True, java_script_enabled=False)
    page.goto("/console/")
    place = page.get_by_role("link", name="Stores", exact=True)
    expect(place).not_to_be_visible()
    page.get_by_role("button", name="Menu").click()
    place.click()
    page.wait_for_url("**/console/stores")


def test_the_theme_changes_without_script(open_as: OpenAs) -> None:
    page = open_as("operator", java_script_enabled=False)
    page.goto("/console/stores")
    page.get_by_role("button", name="Account of operator").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page).to_have_url("/console/stores")
