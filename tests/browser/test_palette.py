"""The palette: everything from anywhere by a few letters and without a mouse; and the single keys of every page."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import Complaints, barriers, overflow


def opened(page: Page, text: str = "") -> None:
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Search everything")).to_be_visible()
    page.keyboard.type(text)
    expect(page.locator("#palette-list")).to_have_attribute("data-q", text)


def test_a_few_letters_and_enter_lead_to_an_object(page: Page, stack: Stack, name: str) -> None:
    store = stack.make_store(name)
    page.goto("/console/")
    opened(page, name)
    expect(page.get_by_role("option", selected=True)).to_contain_text(name)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/stores/{store['id']}")


def test_arrows_choose_and_the_input_says_what_is_chosen(page: Page) -> None:
    page.goto("/console/")
    opened(page)
    text, options = page.get_by_role("combobox", name="Search everything"), page.get_by_role("option")
    expect(text).to_be_focused()
    for key, place in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("ArrowUp", 0), ("ArrowUp", -1)):
        page.keyboard.press(key)
        chosen = options.nth(place) if place >= 0 else options.last
        expect(chosen).to_have_attribute("aria-selected", "true")
        expect(text).to_have_attribute("aria-activedescendant", str(chosen.get_attribute("id")))
        expect(text).to_be_focused()
    expect(page.get_by_role("option", selected=True)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_enter_before_the_answer_came_asks_for_the_page_and_never_opens_an_old_option(page: Page) -> None:
    page.goto("/console/")
    opened(page)
    page.keyboard.type("zz")  # htmx waits for the next letter before it asks
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/search?q=zz")
    expect(page.get_by_role("heading", name="Nothing is called so")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_palette_has_no_barrier_full_or_empty(open_as: OpenAs, phone: bool, theme: str) -> None:
    page = open_as("operator", phone=phone, theme=theme)
    page.goto("/console/stores")
    page.get_by_role("link", name="Search", exact=True).click()
    text = page.get_by_role("combobox", name="Search everything")
    expect(page.locator(".palette-option").first).to_be_visible()
    expect(text).to_be_focused()
    assert barriers(page) == []
    text.fill("<img src=x onerror=nobodyiscalledso(1)>")
    expect(page.get_by_text("Nothing is called so")).to_be_visible()
    assert barriers(page) == []
    assert overflow(page) <= 0
    page.goto("/console/search?q=berlin")
    assert barriers(page) == []
    assert overflow(page) <= 0


def test_without_script_the_search_is_a_page(open_as: OpenAs, stack: Stack, name: str) -> None:
    stack.make_store(name)
    page = open_as("operator", java_script_enabled=False)
    page.goto("/console/")
    page.get_by_role("link", name="Search", exact=True).click()
    page.wait_for_url("**/console/search")
    page.get_by_label("Search everything").first.fill(name)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_each_place_has_a_key_of_its_own_that_leads_there(open_as: OpenAs) -> None:
    page = open_as("admin")
    page.goto("/console/")
    places = page.locator(".navigation a").evaluate_all("all => all.map(a => [a.dataset.key, a.getAttribute('href')])")
    keys = [key for key, _ in places]
    assert None not in keys
    assert len(set(keys)) == len(keys)
    for key, url in places:
        page.keyboard.type(f"g{key}")
        page.wait_for_url(re.compile(re.escape(url) + "$"))


def test_j_and_k_go_along_the_rows_and_enter_opens_one(page: Page, stack: Stack, name: str) -> None:
    for suffix in ("a", "b"):
        stack.make_store(f"{name} {suffix}")
    page.goto(f"/console/stores?q={name}")
    for key, suffix in (("j", "a"), ("j", "b"), ("j", "b"), ("k", "a"), ("k", "a"), ("j", "b")):
        page.keyboard.press(key)
        expect(page.get_by_role("link", name=f"{name} {suffix}", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} b")


def test_keys_that_are_switched_off_do_nothing_but_the_palette_opens(page: Page) -> None:
    page.goto("/console/stores")
    page.evaluate("document.documentElement.dataset.shortcuts = 'off'")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")
    opened(page)


@pytest.mark.parametrize(("platform", "shown"), [("MacIntel", "⌘ K"), ("Linux x86_64", "Ctrl K")])
def test_its_key_has_the_name_that_stands_on_the_keyboard(page: Page, platform: str, shown: str) -> None:
    page.add_init_script(f"Object.defineProperty(navigator, 'platform', {{ value: '{platform}' }})")
    page.goto("/console/")
    expect(page.locator("[data-palette] kbd")).to_have_text(shown)
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(page.locator("#shortcuts [data-modifier]")).to_have_text(shown.split(maxsplit=1)[0])


def test_who_may_not_see_a_page_is_told_who_may_and_finds_the_way_back(open_as: OpenAs, complaints: Complaints) -> None:
    page = open_as("viewer")
    page.goto("/console/stores")
    page.evaluate("location.assign('/console/settings/users')")
    expect(page.get_by_text("This needs the role admin; yours is viewer.")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("link", name="Back", exact=True).click()
    page.wait_for_url("**/console/stores")
    complaints.forget("403")
