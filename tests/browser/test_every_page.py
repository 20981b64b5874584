"""What holds on every page of the console; a new page that stands in the sidebar is walked without being named here."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bought import buy, make_offer, rich_customer
from tests.browser.history import go_back
from tests.browser.planned import make_promo
from tests.browser.records import make_entry, make_job, make_mail
from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import Complaints, barriers, overflow

# Lists that stand beside another one in its tabs, and so not in the sidebar.
BESIDE = ["/console/reservations/promos", "/console/promos/calendar", "/console/search"]
# Its kinds are all there is to choose, and it has no filter that nothing matches.
NOBODY = "zzzz-nothing-is-called-this"
UNFILTERED = {"/console/payments"}


@pytest.fixture(scope="module")
def furnished(stack: Stack) -> None:
    """Something of each kind that the demo data do not have."""
    make_promo(stack, "Walked kettle", is_active=True)
    buy(stack, rich_customer(stack), make_offer(stack, "Walked offer"))
    for make in (make_job, lambda each: make_job(each, "dead"), lambda each: make_mail(each, "walked")):
        make(stack)
    make_entry(stack, "walker")


def places(page: Page) -> list[str]:
    page.goto("/console/")
    found: list[str] = page.locator(".navigation a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    return found + BESIDE


def names(page: Page) -> list[str]:
    """What stands first in each row of the list; other columns may be filled in later."""
    return page.locator("#list tbody .row-link").all_inner_texts()


def lists(page: Page) -> Iterator[str]:
    """Every list, opened."""
    for path in places(page):
        page.goto(path)
        if page.locator("#list").count() and page.locator("#filters").count():
            yield path


@pytest.mark.usefixtures("furnished")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_every_page_is_whole(open_as: OpenAs, phone: bool, theme: str) -> None:
    page = open_as("admin", phone=phone, theme=theme)
    for path in places(page):
        page.goto(path)
        assert page.locator("h1").count() == 1, path
        assert barriers(page) == [], path
        assert overflow(page) <= 0, path


@pytest.mark.usefixtures("furnished")
def test_every_time_says_utc_in_its_title(open_as: OpenAs) -> None:
    page, seen = open_as("admin"), 0
    for path in places(page):
        page.goto(path)
        titles = page.locator("main time").evaluate_all("all => all.map(time => time.title)")
        assert [title for title in titles if "UTC" not in title] == [], path
        seen += len(titles)
    assert seen > 20


@pytest.mark.usefixtures("furnished")
def test_every_list_says_that_nothing_matches_and_how_to_go_on(open_as: OpenAs) -> None:
    page, walked = open_as("admin"), []
    for path in lists(page):
        field = page.locator("#filters input:is([type=search], [type=text], :not([type])):visible").first
        if path in UNFILTERED or not field.count():
            continue
        name = field.get_attribute("name")
        page.goto(f"{path}?{name}={NOBODY}")
        if page.locator(f"#filters [name={name}]").input_value() != NOBODY:
            continue  # it takes numbers only
        expect(page.locator(".empty")).to_be_visible()
        page.locator(".empty").get_by_role("link", name="Clear filters").click()
        expect(page.locator(".empty", has_text="matches")).to_have_count(0)
        walked.append(path)
    assert len(walked) >= 10, walked


@pytest.mark.usefixtures("furnished")
def test_every_list_keeps_its_rows_when_it_cannot_be_refreshed(open_as: OpenAs, complaints: Complaints) -> None:
    page, walked = open_as("admin"), []
    for path in lists(page):
        before = names(page)
        page.context.set_offline(True)
        page.wait_for_function("!navigator.onLine")
        page.evaluate("htmx.trigger('#filters', 'submit')")
        expect(page.locator(".failure")).to_contain_text("Could not refresh")
        assert names(page) == before, path
        page.context.set_offline(False)
        page.wait_for_function("navigator.onLine")
        page.locator(".failure").get_by_role("button", name="Retry").click()
        expect(page.locator(".failure")).to_have_count(0)
        walked.append(path)
    assert len(walked) >= 10, walked
    complaints.forget("ERR_INTERNET_DISCONNECTED")
    complaints.forget("htmx:")


@pytest.mark.usefixtures("furnished")
def test_every_sorted_list_is_the_same_after_reload_and_back(open_as: OpenAs) -> None:
    page, walked = open_as("admin"), []
    for path in lists(page):
        if not page.locator("#list .sort").count():
            continue
        first = names(page)
        page.locator("#list .sort").first.click()
        page.wait_for_url("**ordering=**")
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        rows = names(page)
        page.reload()
        assert names(page) == rows, path
        go_back(page)
        page.wait_for_url(f"**{path}")
        expect(page.locator("#list tbody .row-link")).to_have_text(first)
        walked.append(path)
    assert len(walked) >= 5, walked


@pytest.mark.usefixtures("furnished")
def test_every_list_offers_to_keep_its_filter(open_as: OpenAs) -> None:
    page = open_as("admin")
    without = [path for path in lists(page) if page.locator("details.views").count() != 1]
    assert without == []
