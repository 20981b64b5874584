"""The list of stores: filters in the address, old rows kept when a refresh fails."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.history import go_back
from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import Complaints


def rows(page: Page) -> list[str]:
    return page.locator("tbody .row-link").all_inner_texts()


def test_the_filter_survives_back_and_reload(page: Page, stack: Stack, name: str) -> None:
    for suffix in ("a", "b"):
        stack.make_store(f"{name} {suffix}")
    page.goto("/console/stores")
    before = rows(page)
    page.get_by_label("Search by name").fill(name)
    expect(page.locator("tbody tr")).to_have_count(2)
    assert f"q={name.replace(' ', '+')}" in page.url or f"q={name.replace(' ', '%20')}" in page.url
    page.reload()
    assert rows(page) == [f"{name} a", f"{name} b"]
    expect(page.get_by_label("Search by name")).to_have_value(name)
    page.get_by_role("link", name=f"{name} a", exact=True).click()
    page.wait_for_url("**/stores/*")
    go_back(page)
    expect(page.locator("tbody tr")).to_have_count(2)
    go_back(page)
    expect(page.get_by_label("Search by name")).to_have_value("")
    assert rows(page) == before


def test_sorting_keeps_the_filter_and_says_its_direction(page: Page, stack: Stack, name: str) -> None:
    for suffix in ("a", "b"):
        stack.make_store(f"{name} {suffix}")
    page.goto(f"/console/stores?q={name}")
    page.locator("#sort-name").click()
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    assert rows(page) == [f"{name} b", f"{name} a"]
    expect(page.locator("#sort-name")).to_be_focused()
    page.get_by_label("State").select_option("Active")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.wait_for_url("**is_active=true**")
    assert rows(page) == [f"{name} b", f"{name} a"]


def test_the_next_page_follows_the_first(page: Page, stack: Stack, name: str) -> None:
    for number in range(26):
        stack.make_store(f"{name} {number:02}")
    page.goto(f"/console/stores?q={name}")
    assert len(rows(page)) == 25
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert rows(page) == [f"{name} 25"]
    page.reload()
    assert rows(page) == [f"{name} 25"]
    page.get_by_role("link", name="First page").click()
    expect(page.locator("tbody tr")).to_have_count(25)


def test_no_match_offers_to_clear_the_filters(page: Page) -> None:
    page.goto("/console/stores")
    page.get_by_label("Search by name").fill("nothing is called this")
    expect(page.get_by_role("heading", name="No store matches")).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("tbody tr").first).to_be_visible()


def test_old_rows_stay_when_the_server_cannot_answer(
    page: Page, stack: Stack, complaints: Complaints, name: str
) -> None:
    stack.make_store(name)
    page.goto("/console/stores")
    before = rows(page)
    with stack.stores_locked():
        page.get_by_label("Search by name").fill(name)
        failure = page.get_by_role("alert")
        expect(failure).to_contain_text("Could not refresh")
        expect(failure.locator("code")).to_contain_text("Request ")
        assert rows(page) == before
    failure.get_by_role("button", name="Retry").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(failure).to_have_count(0)
    complaints.forget("503")


def test_old_rows_stay_when_the_network_is_gone(page: Page, stack: Stack, complaints: Complaints, name: str) -> None:
    stack.make_store(name)
    page.goto("/console/stores")
    before = rows(page)
    page.context.set_offline(True)
    page.wait_for_function("!navigator.onLine")
    page.get_by_label("Search by name").fill(name)
    expect(page.get_by_role("alert")).to_contain_text("Could not refresh")
    assert rows(page) == before
    page.context.set_offline(False)
    page.wait_for_function("navigator.onLine")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    complaints.forget("ERR_INTERNET_DISCONNECTED")
    complaints.forget("htmx:")


@pytest.mark.parametrize("username", ["operator", "viewer"])
def test_the_export_is_the_filtered_list(open_as: OpenAs, stack: Stack, name: str, username: str) -> None:
    stack.make_store(name)
    page = open_as(username)
    page.goto(f"/console/stores?q={name}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 2
    assert name in lines[1]
