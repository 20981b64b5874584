"""The health page looks by itself, says what it cannot know, and leads admins to rq-dashboard."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.records import forget_jobs, locked, make_job
from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import Complaints, barriers, overflow

REFRESHED = 12_000


def row(page: Page, name: str) -> Locator:
    rows = page.get_by_role("list", name="Parts").get_by_role("listitem")
    return rows.filter(has=page.get_by_text(name, exact=True))


def part(page: Page, name: str) -> str:
    return row(page, name).inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_page_has_no_barrier(open_as: OpenAs, phone: bool, theme: str) -> None:
    page = open_as("admin", phone=phone, theme=theme)
    page.goto("/console/ops/health")
    assert barriers(page) == []
    assert overflow(page) <= 0


def test_each_part_has_a_word_and_what_is_broken_has_advice(page: Page, stack: Stack) -> None:
    forget_jobs(stack)
    make_job(stack, "dead")
    page.goto("/console/ops/health")
    expect(row(page, "PostgreSQL")).to_contain_text("OK")
    expect(row(page, "Redis")).to_contain_text("OK")
    assert part(page, "Workers, quick").startswith("Bad")
    assert "python worker.py quick" in part(page, "Workers, quick")
    assert part(page, "Clock").startswith("Bad")
    assert part(page, "Dead letters").startswith("Warning")
    page.get_by_role("link", name="Failed jobs").click()
    page.wait_for_url("**/console/ops/failed")


def test_the_page_asks_again_by_itself(page: Page, stack: Stack) -> None:
    forget_jobs(stack)
    page.goto("/console/ops/health")
    assert part(page, "Dead letters").startswith("OK")
    make_job(stack, "dead")
    expect(page.locator(".live-pill")).to_contain_text("Polling")  # there is no live process
    row = page.get_by_role("list", name="Parts").get_by_role("listitem").filter(has_text="Dead letters")
    expect(row).to_contain_text("One waits")


def test_what_the_database_does_not_say_in_time_is_told_and_the_rest_is_shown(page: Page, stack: Stack) -> None:
    with locked(stack, "jobs"):
        page.goto("/console/ops/health")
        assert "did not say in time" in part(page, "Backlog")
        expect(row(page, "PostgreSQL")).to_contain_text("OK")
        assert "queued" in part(page, "Mails")


def test_a_page_that_cannot_ask_says_how_old_it_is_until_it_can(page: Page, complaints: Complaints) -> None:
    page.goto("/console/ops/health")
    expect(page.locator(".live-pill")).to_contain_text("Polling")
    page.context.set_offline(True)
    expect(page.locator(".live-pill")).to_contain_text("Stale 00:1", timeout=2 * REFRESHED)
    assert part(page, "PostgreSQL").startswith("OK")
    page.context.set_offline(False)
    expect(page.locator(".live-pill")).to_contain_text("Polling")
    complaints.forget("ERR_INTERNET_DISCONNECTED")


def test_only_an_admin_is_led_to_rq_dashboard(page: Page, open_as: OpenAs) -> None:
    page.goto("/console/ops/health")
    expect(page.get_by_role("link", name="Open rq-dashboard")).to_have_count(0)
    admins = open_as("admin")
    admins.goto("/console/ops/health")
    admins.get_by_role("link", name="Open rq-dashboard").click()
    expect(admins.get_by_text("No queues.")).to_be_visible()
    expect(admins.locator("footer")).to_contain_text("handed out again")
    admins.get_by_role("link", name="Workers").click()
    expect(admins.get_by_role("heading", name="Workers")).to_be_visible()
