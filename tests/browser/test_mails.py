"""Mails in the console: what was sent, to whom, and how it looks."""

import uuid

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.records import make_mail, state_of, written
from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import Complaints, barriers, overflow


@pytest.fixture
def key() -> str:
    """What no other test's mail is about."""
    return f"k{uuid.uuid4().hex[:10]}"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("username", ["operator", "viewer"])
def test_the_pages_have_no_barrier(open_as: OpenAs, stack: Stack, username: str, phone: bool, theme: str) -> None:
    long = {"error": f"SMTPDataError: {'x' * 300}", "recipient": f"{'w' * 60}@example.test"}
    mail = make_mail(stack, f"long-{username}-{phone}-{theme}", "failed", **long)
    page = open_as(username, phone=phone, theme=theme)
    for place in ("emails", f"emails/{mail}", "emails?q=nobody-has-this-address"):
        page.goto(f"/console/{place}")
        assert page.locator("h1").count() == 1
        assert barriers(page) == []
        assert overflow(page) <= 0


def test_mails_are_found_by_recipient_and_state(page: Page, stack: Stack, key: str) -> None:
    make_mail(stack, f"{key}-a")
    make_mail(stack, f"{key}-b", "failed")
    page.goto("/console/emails")
    page.get_by_label("Search by recipient").fill(key)
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("State").select_option("Failed")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.reload()
    expect(page.locator("tbody")).to_contain_text(f"{key}-b@example.test")


def test_a_mail_is_shown_as_its_reader_sees_it(page: Page, stack: Stack, key: str) -> None:
    mail = make_mail(stack, key)
    page.goto(f"/console/emails/{mail}")
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("Hello")
    expect(page.locator("pre")).to_have_text("Hello")
    expect(page.locator(".facts")).to_contain_text(f"<{key}@holdfast>")


def test_a_mail_can_run_nothing_and_ask_nobody(page: Page, stack: Stack, key: str, complaints: Complaints) -> None:
    evil = (
        "<script>parent.document.title = 'owned'; top.document.title = 'owned'</script>"
        "<img src=/static/favicon.svg onerror=\"parent.document.title='owned'\">"
        "<link rel=stylesheet href=/static/css/base.css><form action=/console/logout method=post id=f></form>"
    )
    mail = make_mail(stack, key, body=evil)
    answered: list[str] = []
    page.on("response", lambda answer: answered.append(answer.url) if answer.frame != page.main_frame else None)
    page.goto(f"/console/emails/{mail}")
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("Hello")
    assert "owned" not in page.title()
    assert [url for url in answered if not url.endswith("/html")] == []
    complaints.forget("Blocked script execution")
    complaints.forget("Content Security Policy")


def test_the_mail_alone_is_sandboxed_too(page: Page, stack: Stack, key: str) -> None:
    mail = make_mail(stack, key)
    answer = page.goto(f"/console/emails/{mail}/html")
    assert answer is not None
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= set(policy)
    assert page.evaluate("window.origin") == "null"


def test_nobody_reads_a_mail_without_signing_in(stack: Stack, key: str) -> None:
    mail = make_mail(stack, key)
    answer = requests.get(f"{stack.url}/console/emails/{mail}/html", allow_redirects=False, timeout=10)
    assert answer.status_code == 303
    assert "/console/login" in answer.headers["Location"]


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_mail_is_sent_again_as_one_of_its_own(open_as: OpenAs, stack: Stack, key: str, script: bool) -> None:
    mail = make_mail(stack, key)
    page = open_as("operator", java_script_enabled=script)
    page.goto(f"/console/emails/{mail}")
    page.get_by_role("button", name="Resend").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{key}@example.test")
    dialog.get_by_role("button", name="Resend mail").click()
    expect(page.get_by_role("link", name=f"Mail {mail}")).to_be_visible()
    expect(page.locator(".heading .badge")).to_have_text("Queued")
    assert state_of(stack, "emails", mail) == "sent"


def test_a_test_mail_goes_to_the_callers_own_address(page: Page, stack: Stack) -> None:
    page.goto("/console/emails")
    page.get_by_role("button", name="Send test to me").click()
    expect(page.locator(".toast")).to_contain_text("operator@holdfast.example")
    expect(page.locator("tbody tr").first).to_contain_text("operator@holdfast.example")
    newest = written(stack, "SELECT recipient FROM emails ORDER BY id DESC LIMIT 1", [])
    assert newest == "operator@holdfast.example"


def test_a_viewer_is_offered_no_change(open_as: OpenAs, stack: Stack, key: str) -> None:
    mail = make_mail(stack, key)
    page = open_as("viewer")
    for place in ("emails", f"emails/{mail}"):
        page.goto(f"/console/{place}")
        assert page.locator("main form[method=post]").count() == 0


def test_the_home_page_leads_to_mails_that_failed(page: Page, stack: Stack, key: str) -> None:
    make_mail(stack, key, "failed")
    page.goto("/console/")
    page.get_by_role("listitem").filter(has_text="could not be sent").get_by_role("link").click()
    page.wait_for_url("**/console/emails?state=failed")
    expect(page.locator("tbody")).to_contain_text(key)
