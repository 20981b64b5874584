"""Jobs, dead letters and schedules in the console."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.history import go_back
from tests.browser.records import forget_jobs, make_job, state_of, written
from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow


@pytest.fixture(autouse=True)
def _no_jobs(stack: Stack) -> None:
    forget_jobs(stack)


def shown(page: Page) -> list[str]:
    return page.locator("tbody .row-link").all_inner_texts()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("username", ["operator", "viewer"])
def test_the_pages_have_no_barrier(open_as: OpenAs, stack: Stack, username: str, phone: bool, theme: str) -> None:
    dead = make_job(stack, "dead", error=f"ValueError: {'x' * 400}")
    make_job(stack, "running")
    page = open_as(username, phone=phone, theme=theme)
    places = ["jobs", f"jobs/{dead}", "failed", "schedules", "jobs?state=cancelled", "failed?name=jobs.purge"]
    for place in places:
        page.goto(f"/console/ops/{place}")
        assert page.locator("h1").count() == 1
        assert barriers(page) == []
        assert overflow(page) <= 0


def test_the_filters_are_in_the_address(page: Page, stack: Stack) -> None:
    make_job(stack, "queued", name="jobs.purge")
    make_job(stack, "queued")
    make_job(stack, "done")
    page.goto("/console/ops/jobs")
    page.get_by_label("State").select_option("Queued")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("Kind").select_option("jobs.purge")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.reload()
    assert shown(page) == ["jobs.purge"]
    go_back(page)
    expect(page.locator("tbody tr")).to_have_count(2)


def test_the_next_page_follows_the_first(page: Page, stack: Stack) -> None:
    ids = [make_job(stack, "done") for _ in range(26)]
    page.goto("/console/ops/jobs?state=done")
    expect(page.locator("tbody tr")).to_have_count(25)
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.locator("tbody .row-link").get_attribute("href") == f"/console/ops/jobs/{ids[0]}"


def test_a_queued_job_is_cancelled_after_a_question(page: Page, stack: Stack) -> None:
    job = make_job(stack, "queued")
    page.goto(f"/console/ops/jobs/{job}")
    page.get_by_role("button", name="Cancel job").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("mail.deliver")
    dialog.get_by_role("button", name="Cancel job").click()
    expect(page.locator(".heading .badge")).to_have_text("Cancelled")
    expect(page.locator(".timeline")).to_contain_text("operator")
    assert state_of(stack, "jobs", job) == "cancelled"


def test_a_dead_letter_shows_what_went_wrong(page: Page, stack: Stack) -> None:
    job = make_job(stack, "dead", error="OSError: <b>refused</b>")
    page.goto(f"/console/ops/jobs/{job}")
    expect(page.get_by_text("OSError: <b>refused</b>").first).to_be_visible()
    expect(page.locator("pre").first).to_contain_text('"email_id": 1')
    expect(page.locator("pre").last).to_contain_text("Traceback")
    expect(page.locator(".facts")).to_contain_text("r" * 32)
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".heading .badge")).to_have_text("Queued")


def test_a_group_is_retried_and_counted(page: Page, stack: Stack) -> None:
    refused = [make_job(stack, "dead") for _ in range(12)]
    other = make_job(stack, "dead", error="ValueError: bad address")
    page.goto("/console/ops/failed")
    page.get_by_role("button", name="Retry group mail.deliver: OSError: refused").click()
    expect(page.locator(".toast")).to_contain_text("12 retried")
    assert {state_of(stack, "jobs", job) for job in refused} == {"queued"}
    assert state_of(stack, "jobs", other) == "dead"


def test_a_group_whose_example_is_gone_revives_nobody_else(page: Page, stack: Stack) -> None:
    other = make_job(stack, "dead", error="ValueError: bad address")
    example = make_job(stack, "dead")
    page.goto("/console/ops/failed")
    written(stack, "UPDATE jobs SET state = 'done', error = NULL WHERE id = %s", [example])
    page.get_by_role("button", name="Retry group mail.deliver: OSError: refused").click()
    expect(page.locator(".toast-error")).to_contain_text("only a dead one")
    assert state_of(stack, "jobs", other) == "dead"


def test_all_of_a_filter_are_retried_and_no_others(page: Page, stack: Stack) -> None:
    mails = [make_job(stack, "dead") for _ in range(2)]
    other = make_job(stack, "dead", name="jobs.purge")
    page.goto("/console/ops/failed?name=mail.deliver")
    page.get_by_role("button", name="Retry all 2").click()
    expect(page.locator(".toast")).to_contain_text("2 retried")
    expect(page.get_by_role("heading", name="No dead letter matches")).to_be_visible()
    expect(page).to_have_url("/console/ops/failed?name=mail.deliver")
    assert {state_of(stack, "jobs", job) for job in mails} == {"queued"}
    assert state_of(stack, "jobs", other) == "dead"


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_one_is_retried_and_one_discarded(open_as: OpenAs, stack: Stack, script: bool) -> None:
    first, second = make_job(stack, "dead"), make_job(stack, "dead")
    page = open_as("operator", java_script_enabled=script)
    page.goto("/console/ops/failed")
    page.get_by_role("button", name=f"Retry mail.deliver {first}").click()
    expect(page.locator(".toast")).to_contain_text("1 retried")
    page.get_by_role("button", name=f"Discard mail.deliver {second}").click()
    expect(page.get_by_role("dialog")).to_contain_text("never done")
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.get_by_role("heading", name="No dead letters")).to_be_visible()
    assert [state_of(stack, "jobs", job) for job in (first, second)] == ["queued", "discarded"]


def test_a_dead_letter_that_somebody_else_retried_is_told(page: Page, stack: Stack) -> None:
    job = make_job(stack, "dead")
    page.goto("/console/ops/failed")
    stack.call("POST", f"/failed-jobs/{job}/retry")
    page.get_by_role("button", name=f"Retry mail.deliver {job}").click()
    expect(page.locator(".toast-error")).to_contain_text("only a dead one")
    expect(page).to_have_url("/console/ops/failed")


def test_a_schedule_is_paused_resumed_and_run(page: Page, stack: Stack) -> None:
    page.goto("/console/ops/schedules")
    row = page.get_by_role("row", name="mail.purge")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Paused")
    row.get_by_role("button", name="Resume").click()
    expect(row.get_by_role("button", name="Pause")).to_be_visible()
    row.get_by_role("button", name="Run now").click()
    expect(page.locator(".toast")).to_contain_text("mail.purge")
    row.get_by_role("link", name="Last run of mail.purge").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("mail.purge")


def test_a_viewer_reads_and_is_offered_no_change(open_as: OpenAs, stack: Stack) -> None:
    job = make_job(stack, "dead")
    page = open_as("viewer")
    for place in ("failed", "schedules", f"jobs/{job}"):
        page.goto(f"/console/ops/{place}")
        assert page.locator("main form[method=post]").count() == 0


def test_the_home_page_leads_to_the_dead_letters(page: Page, stack: Stack) -> None:
    make_job(stack, "dead")
    page.goto("/console/")
    page.get_by_role("listitem").filter(has_text="1 dead letter").get_by_role("link").click()
    page.wait_for_url("**/console/ops/failed")
    page.keyboard.type("gj")
    page.wait_for_url("**/console/ops/jobs")
