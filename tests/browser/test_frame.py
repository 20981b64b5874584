"""What surrounds every page: signing in, the theme, the keyboard."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.records import locked
from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs, fill_in, sign_in
from tests.browser.watch import barriers, overflow


def test_a_wrong_password_is_told_and_the_right_one_leads_to_the_page_asked_for(open_as: OpenAs) -> None:
    page = open_as(None)
    page.goto("/console/stores/new")
    fill_in(page, "operator", "not this one")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value("operator")
    expect(page.get_by_label("Password")).to_have_value("")
    fill_in(page, "operator")
    page.wait_for_url("**/console/stores/new")


def test_signing_out_ends_the_session_in_every_window(open_as: OpenAs) -> None:
    page = open_as(None)
    sign_in(page, "viewer")
    other = page.context.new_page()
    other.goto("/console/stores")
    page.get_by_role("button", name="Account of viewer").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/console/login")
    other.get_by_label("Search by name").fill("x")
    other.wait_for_url("**/console/login**/console/stores")
    fill_in(other, "viewer")
    other.wait_for_url("**/console/stores")


def test_the_chosen_theme_is_there_before_the_first_paint(open_as: OpenAs) -> None:
    page = open_as("operator", color_scheme="light")
    page.goto("/console/")
    page.get_by_role("button", name="Account of operator").click()
    with page.expect_response("**/console/theme"):
        page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    answer = page.goto("/console/stores")
    assert answer is not None
    assert 'data-theme="dark"' in answer.text()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_keys_search_go_and_explain(page: Page) -> None:
    page.goto("/console/")
    page.keyboard.type("gs")
    page.wait_for_url("**/console/stores")
    page.keyboard.press("/")
    expect(page.get_by_label("Search by name")).to_be_focused()
    page.keyboard.type("?gh")
    expect(page.get_by_label("Search by name")).to_have_value("?gh")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_single_keys_can_be_switched_off_for_good(page: Page) -> None:
    page.goto("/console/stores")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    with page.expect_response("**/preferences/shortcuts"):
        page.get_by_label("Use single keys").uncheck()
    page.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("/")
    expect(page.get_by_label("Search by name")).not_to_be_focused()


def test_a_toast_is_closed_by_its_button(page: Page, stack: Stack, name: str) -> None:
    store = stack.make_store(name)
    page.goto(f"/console/stores/{store['id']}")
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_role("button", name="Deactivate store").click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text(name)
    toast.get_by_role("button", name="Close").click()
    expect(toast).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_panel_of_the_home_page_that_cannot_be_read_says_so_and_the_others_stay(
    open_as: OpenAs, stack: Stack, phone: bool, theme: str
) -> None:
    page = open_as("operator", phone=phone, theme=theme)
    with locked(stack, "jobs"):
        page.goto("/console/")
        expect(page.get_by_role("region", name="Needs attention")).to_contain_text("Jobs could not be read")
        expect(page.get_by_role("region", name="At a glance")).not_to_contain_text("could not be read")
        assert barriers(page) == []
    with locked(stack, "segments"):
        page.goto("/console/")
        expect(page.get_by_role("region", name="At a glance")).to_contain_text("could not be read")
        expect(page.get_by_role("region", name="Needs attention")).not_to_contain_text("could not be read")
        assert overflow(page) <= 0
        assert barriers(page) == []
    page.get_by_role("region", name="At a glance").get_by_role("link", name="could not be read").first.click()
    expect(page.get_by_text("could not be read")).to_have_count(0)
