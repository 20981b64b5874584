"""A filtered list is kept under a name, chosen from its menu, and deleted; with and without script."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow


def menu(page: Page) -> None:
    page.locator("details.views summary").click()


def test_a_view_is_kept_chosen_and_deleted(page: Page, stack: Stack, name: str) -> None:
    stack.make_store(name)
    page.goto("/console/stores")
    page.get_by_label("Search by name").fill(name)
    expect(page.locator("tbody tr")).to_have_count(1)
    menu(page)
    page.get_by_label("Keep this list as").fill(name)
    page.get_by_role("button", name="Save view").click()
    expect(page.locator(".toast")).to_contain_text("is saved")
    expect(page.locator("details.views summary")).to_have_text(name)
    page.goto("/console/stores")
    menu(page)
    page.locator(".views-menu").get_by_role("link", name=name).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_label("Search by name")).to_have_value(name)
    menu(page)
    page.get_by_role("button", name=f"Delete the view {name}").click()
    expect(page.locator(".toast")).to_contain_text("is deleted")
    expect(page.locator("details.views summary")).to_have_text("Views")


def test_the_menu_closes_by_escape_and_by_a_click_elsewhere(page: Page) -> None:
    page.goto("/console/stores?q=a")
    menu(page)
    page.keyboard.press("Escape")
    expect(page.locator(".views-menu")).not_to_be_visible()
    expect(page.locator("details.views summary")).to_be_focused()
    menu(page)
    page.get_by_role("heading", level=1).click()
    expect(page.locator(".views-menu")).not_to_be_visible()


def test_a_view_is_kept_without_script(open_as: OpenAs, name: str) -> None:
    page = open_as("viewer", java_script_enabled=False)
    page.goto(f"/console/stores?q={name}")
    menu(page)
    page.get_by_label("Keep this list as").fill(name)
    page.get_by_role("button", name="Save view").click()
    expect(page.locator("details.views summary")).to_have_text(name)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_menu_has_no_barrier(open_as: OpenAs, phone: bool, theme: str, name: str) -> None:
    page = open_as("operator", phone=phone, theme=theme)
    page.goto(f"/console/stores?q={name}")
    menu(page)
    page.get_by_label("Keep this list as").fill(f"{'W' * 20} {name}")
    page.get_by_label("Show it to everybody").check()
    page.get_by_role("button", name="Save view").click()
    page.goto("/console/stores?q=a")
    menu(page)
    expect(page.locator(".views-menu")).to_contain_text("shared")
    assert barriers(page) == []
    assert overflow(page) <= 0
