"""Creating, changing and deleting a store."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.keyboard import tab_to
from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import Complaints


def test_a_store_is_created_edited_deactivated_and_deleted_by_keyboard(page: Page, stack: Stack, name: str) -> None:
    page.goto("/console/stores")
    tab_to(page, "New store")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    for text, label in ((name, "Latitude"), ("52.52", "Longitude"), ("13.405", "Time zone")):
        page.keyboard.type(text)
        tab_to(page, label)
    page.keyboard.type("Europe/Berlin")
    tab_to(page, "Create store")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)

    tab_to(page, "Edit")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit store")
    tab_to(page, "Name")
    page.keyboard.press("End")
    page.keyboard.type(" North")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} North")
    expect(page.locator(".timeline ins").first).to_have_text(f"{name} North")

    tab_to(page, "Deactivate")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text(f"{name} North")
    tab_to(page, "Deactivate store")
    page.keyboard.press("Enter")
    expect(page.locator(".heading .badge")).to_have_text("Inactive")

    tab_to(page, "Delete")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    tab_to(page, "Delete store")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/stores")
    assert stack.stores_named(name) == []


def test_refused_values_are_told_at_their_fields(page: Page) -> None:
    page.goto("/console/stores/new")
    page.get_by_label("Name").fill("Quay")
    page.get_by_label("Latitude").fill("91")
    page.get_by_label("Longitude").fill("13")
    page.get_by_label("Time zone").fill("Europe/Atlantis")
    page.get_by_role("button", name="Create store").click()
    expect(page.get_by_role("alert")).to_be_focused()
    for label, typed in (("Latitude", "91"), ("Time zone", "Europe/Atlantis")):
        box = page.get_by_label(label, exact=True)
        expect(box).to_have_value(typed)
        expect(box).to_have_attribute("aria-invalid", "true")
        expect(box).to_have_accessible_description(
            re.compile(page.locator(f"#{box.get_attribute('id')}-error").inner_text())
        )
    expect(page.get_by_label("Name")).not_to_have_attribute("aria-invalid", "true")
    page.get_by_role("alert").get_by_role("link", name="Latitude").click()
    expect(page.get_by_label("Latitude")).to_be_focused()


def test_a_stale_edit_shows_both_values_and_can_be_saved_again(page: Page, stack: Stack, name: str) -> None:
    store = stack.make_store(name)
    page.goto(f"/console/stores/{store['id']}/edit")
    stack.call("PATCH", f"/stores/{store['id']}", json={"name": f"{name} theirs"})
    page.get_by_label("Name").fill(f"{name} mine")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("[data-yours=name]")).to_have_text(f"{name} mine")
    expect(page.locator("[data-theirs=name]")).to_have_text(f"{name} theirs")
    expect(page.get_by_label("Name")).to_have_value(f"{name} mine")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} mine")


def test_a_double_click_creates_one_store(page: Page, stack: Stack, name: str) -> None:
    page.goto("/console/stores/new")
    for label, text in (("Name", name), ("Latitude", "0"), ("Longitude", "0"), ("Time zone", "UTC")):
        page.get_by_label(label, exact=True).fill(text)
    sent: list[str] = []

    def hold_back(route: Route) -> None:
        sent.append(route.request.url)
        expect(page.locator("form[data-pending] button[aria-disabled=true]")).to_be_visible()
        route.continue_()

    page.route(lambda url: url.endswith("/console/stores"), hold_back)
    page.get_by_role("button", name="Create store").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert len(sent) == 1
    assert len(stack.stores_named(name)) == 1


def test_a_dialog_that_got_no_answer_stays_and_says_so(
    page: Page, stack: Stack, complaints: Complaints, name: str
) -> None:
    page.goto(f"/console/stores/{stack.make_store(name)['id']}")
    page.get_by_role("button", name="Delete").click()
    page.context.set_offline(True)
    page.wait_for_function("!navigator.onLine")
    dialog = page.get_by_role("dialog")
    for _ in range(2):
        dialog.get_by_role("button", name="Delete store").click()
        expect(dialog.get_by_role("alert")).to_contain_text("No answer")
    page.context.set_offline(False)
    page.wait_for_function("navigator.onLine")
    dialog.get_by_role("button", name="Delete store").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stores")
    assert stack.stores_named(name) == []
    complaints.forget("ERR_INTERNET_DISCONNECTED")
    complaints.forget("htmx:")


def test_a_form_that_got_no_answer_keeps_what_was_typed(page: Page, complaints: Complaints, name: str) -> None:
    page.goto("/console/stores/new")
    page.get_by_label("Name").fill(name)
    page.context.set_offline(True)
    page.wait_for_function("!navigator.onLine")
    page.get_by_role("button", name="Create store").click()
    expect(page.get_by_role("alert")).to_contain_text("No answer")
    page.context.set_offline(False)
    page.wait_for_function("navigator.onLine")
    expect(page.get_by_label("Name")).to_have_value(name)
    page.get_by_role("button", name="Create store").click()
    expect(page.get_by_label("Latitude")).to_have_attribute("aria-invalid", "true")
    complaints.forget("ERR_INTERNET_DISCONNECTED")
    complaints.forget("htmx:")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_store_in_use_is_not_deleted_and_says_so(open_as: OpenAs, stack: Stack, name: str, script: bool) -> None:
    store = stack.make_store(name)
    page = open_as("operator", java_script_enabled=script)
    page.goto(f"/console/stores/{store['id']}")
    with stack.referred_to(store["id"]):
        page.get_by_role("button", name="Delete").click()
        page.get_by_role("button", name="Delete store").click()
        expect(page.locator(".toast-error")).to_contain_text("referred to")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert len(stack.stores_named(name)) == 1


def test_markup_in_a_name_stays_text(page: Page, stack: Stack, name: str) -> None:
    text = f"{name} <img src=x onerror=document.title='owned'>"
    store = stack.make_store(text)
    for path in ("/console/stores?q=" + name.replace(" ", "+"), f"/console/stores/{store['id']}"):
        page.goto(path)
        expect(page.get_by_text(text).first).to_be_visible()
        assert page.locator("img").count() == 0
        assert "owned" not in page.title().replace(text, "")
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_role("button", name="Deactivate store").click()
    expect(page.locator(".toast")).to_contain_text(text)
    assert page.locator("img").count() == 0


def test_the_history_names_the_actor_and_the_change(page: Page, stack: Stack, name: str) -> None:
    store = stack.make_store(name)
    stack.call("PATCH", f"/stores/{store['id']}", json={"timezone": "Europe/Paris"})
    page.goto(f"/console/stores/{store['id']}")
    newest = page.locator(".timeline > li").first
    expect(newest).to_contain_text("operator")
    expect(newest.locator("del")).to_have_text("Europe/Berlin")
    expect(newest.locator("ins")).to_have_text("Europe/Paris")
