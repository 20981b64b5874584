"""What a user finds who forgot the password or follows a mailed link, with and without script."""

import uuid
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from app.identity.rules import link_token
from tests.browser.records import make_mail, written
from tests.browser.stack import PASSWORD, SECRET_KEY, Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow

RESET, CONFIRM, VERIFY = "/console/password-reset", "/console/password-reset/confirm", "/console/verify-email"
NEW = "entirely another one"


@pytest.fixture
def user(stack: Stack) -> Any:
    """A customer of this test alone."""
    name = f"u{uuid.uuid4().hex[:10]}"
    body = {"username": name, "email": f"{name}@example.test", "password": PASSWORD}
    return stack.call("POST", "/auth/register", json=body)


def link(stack: Stack, user: Any, kind: str) -> str:
    """The token of a link that was mailed to the user."""
    link_id = uuid.uuid4()
    row = "INSERT INTO mailed_links (id, user_id, kind, email, expires_at) VALUES (%s, %s, %s, %s, 'infinity')"
    written(stack, row, [str(link_id), user["id"], kind, user["email"]])
    return link_token(SECRET_KEY, kind, link_id)


def choose(page: Page, first: str, second: str) -> None:
    """Send the form of the new password."""
    page.get_by_label("New password").fill(first)
    page.get_by_label("The same again").fill(second)
    page.get_by_role("button", name="Set the password").click()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_no_page_has_a_barrier(open_as: OpenAs, stack: Stack, user: Any, phone: bool, theme: str) -> None:
    page = open_as(None, phone=phone, theme=theme)

    def fine() -> None:
        assert page.locator("h1").count() == 1
        assert barriers(page) == []
        assert overflow(page) <= 0

    for path, button in ((RESET, "Send the link"), (CONFIRM, "Set the password"), (VERIFY, "Verify my address")):
        page.goto(path)
        fine()
        page.get_by_role("button", name=button).click()
        expect(page.locator("[role=alert], .field-error").first).to_be_visible()
        fine()
    page.goto(f"{VERIFY}?token={link(stack, user, 'email_verification')}")
    page.get_by_role("button", name="Verify my address").click()
    expect(page.get_by_role("heading")).to_have_text("Your address is verified")
    fine()
    page.goto(f"{CONFIRM}?token={link(stack, user, 'password_reset')}")
    choose(page, "short", "other")
    expect(page.get_by_text("Length must be between 10 and 128")).to_be_visible()
    fine()
    choose(page, NEW, NEW)
    expect(page.get_by_role("heading")).to_have_text("Your password is set")
    fine()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_forgotten_password_is_asked_for_from_the_login_page(
    open_as: OpenAs, stack: Stack, user: Any, script: bool
) -> None:
    page = open_as(None, java_script_enabled=script)
    asked = "SELECT count(*) FROM jobs WHERE name = 'identity.send_password_reset' AND args ->> 'email' = %s"
    texts = set()
    for email in (user["email"], f"nobody-{user['email']}"):
        page.goto("/console/login")
        page.get_by_role("link", name="Forgot your password?").click()
        page.get_by_label("E-mail address").fill(email)
        page.get_by_role("button", name="Send the link").click()
        expect(page.get_by_role("status")).to_contain_text("If there is an account with this address")
        texts.add(page.locator("main").inner_text())
        assert written(stack, asked, [email]) == 1
    assert len(texts) == 1


def test_what_is_no_address_is_told_at_its_field(open_as: OpenAs) -> None:
    page = open_as(None)
    page.goto(RESET)
    page.get_by_label("E-mail address").fill("ada")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_label("E-mail address")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("E-mail address")).to_have_value("ada")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_link_sets_a_new_password(open_as: OpenAs, stack: Stack, user: Any, script: bool) -> None:
    page, token = open_as(None, java_script_enabled=script), link(stack, user, "password_reset")
    page.goto(f"{CONFIRM}?token={token}")
    choose(page, NEW, f"{NEW}!")
    expect(page.get_by_label("The same again")).to_have_attribute("aria-invalid", "true")
    choose(page, user["email"], user["email"])
    expect(page.get_by_label("New password")).to_have_attribute("aria-invalid", "true")
    choose(page, NEW, NEW)
    expect(page.get_by_role("heading")).to_have_text("Your password is set")
    assert token not in page.url
    stack.call("POST", "/auth/login", json={"username": user["username"], "password": NEW})
    page.goto(f"{CONFIRM}?token={token}")
    choose(page, PASSWORD, PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("used already or is too old")
    page.get_by_role("link", name="Ask for a new link").click()
    page.wait_for_url(f"**{RESET}")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_only_the_button_verifies_an_address(open_as: OpenAs, stack: Stack, user: Any, script: bool) -> None:
    token = link(stack, user, "email_verification")
    verified = "SELECT email_verified_at IS NOT NULL FROM users WHERE id = %s"
    page = open_as(None, java_script_enabled=script)
    for _ in range(2):
        page.goto(f"{VERIFY}?token={token}")
    assert written(stack, verified, [user["id"]]) is False
    page.get_by_role("button", name="Verify my address").click()
    expect(page.get_by_role("heading")).to_have_text("Your address is verified")
    assert written(stack, verified, [user["id"]]) is True


@pytest.mark.parametrize("path", [CONFIRM, VERIFY])
def test_no_other_address_is_told_the_token(open_as: OpenAs, stack: Stack, path: str) -> None:
    page, told = open_as(None), []
    page.on("request", lambda request: told.append((request.url, request.all_headers().get("referer", ""))))
    answer = page.goto(f"{path}?token=secret-of-the-link")
    assert answer is not None
    assert answer.headers["referrer-policy"] == "strict-origin"
    assert answer.headers["cache-control"] == "no-store"
    page.wait_for_load_state("networkidle")
    (_, *others) = told
    assert len(others) > 5
    assert [pair for pair in others if "secret-of-the-link" in "".join(pair)] == []


@pytest.mark.parametrize("path", [RESET, CONFIRM, VERIFY])
def test_a_form_of_another_site_is_refused(stack: Stack, path: str) -> None:
    answer = requests.post(f"{stack.url}{path}", data={"email": "a@b.example", "token": "x"}, timeout=10)
    assert answer.status_code == 400


def test_a_mail_with_a_link_is_shown_without_it_and_not_sent_again(open_as: OpenAs, stack: Stack, user: Any) -> None:
    mail = written(stack, "SELECT id FROM emails WHERE recipient = %s", [user["email"]])
    page = open_as("operator")
    page.goto(f"/console/emails/{mail}")
    expect(page.get_by_role("heading", name="Its link is for the reader alone")).to_be_visible()
    assert page.get_by_role("button", name="Resend").count() == 0
    for text in (page.locator("pre").inner_text(), page.frame_locator("iframe").locator("body").inner_text()):
        assert "[this link is only in the mail that was sent]" in text
        assert "token=" not in text
    assert barriers(page) == []


def test_who_resends_it_all_the_same_is_told_why_not(open_as: OpenAs, stack: Stack, user: Any) -> None:
    plain = make_mail(stack, f"plain-{user['username']}")
    page = open_as("operator")
    page.goto(f"/console/emails/{plain}")
    written(stack, "UPDATE emails SET template = 'password_reset' WHERE id = %s RETURNING id", [plain])
    page.get_by_role("button", name="Resend").click()
    page.get_by_role("dialog").get_by_role("button", name="Resend mail").click()
    expect(page.locator(".toast")).to_contain_text("can ask for a new link")
    assert written(stack, "SELECT count(*) FROM emails WHERE resend_of = %s", [plain]) == 0
