"""Users, roles and preferences in the console."""

import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keyboard import tab_to
from tests.browser.records import written
from tests.browser.stack import PASSWORD, Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow

USERS = "/console/settings/users"
SECRET = "a long enough secret"


@pytest.fixture
def login() -> str:
    """A username that no other test uses."""
    return f"quay{uuid.uuid4().hex[:8]}"


@pytest.fixture
def admin(open_as: OpenAs) -> Page:
    return open_as("admin")


def make_user(stack: Stack, name: str, **facts: Any) -> int:
    """A user who cannot sign in, with as many sessions as asked for."""
    sessions = facts.pop("sessions", 0)
    row = {"username": name, "email": f"{name}@shop.example", "password_hash": "!", "role": "viewer"} | facts
    marks = ", ".join(["%s"] * len(row))
    insert = f"INSERT INTO users ({', '.join(row)}) VALUES ({marks}) RETURNING id"  # noqa: S608 - columns of ours
    user_id: int = written(stack, insert, list(row.values()))
    for _ in range(sessions):
        make_session(stack, user_id)
    return user_id


def make_session(stack: Stack, user_id: int, address: str = "") -> None:
    """Somewhere else where this user is signed in."""
    live = "INSERT INTO sessions (id, user_id, kind, address, expires_at) VALUES (gen_random_uuid(), %s, 'api', %s, {})"
    written(stack, live.format("clock_timestamp() + interval '1 hour'"), [user_id, address])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_pages_have_no_barrier(open_as: OpenAs, stack: Stack, login: str, phone: bool, theme: str) -> None:
    user_id = make_user(stack, login, sessions=2, email=f"{'w' * 60}.{login}@shop.example", first_name="W" * 100)
    page = open_as("admin", phone=phone, theme=theme)
    places = (
        "users",
        "users?q=nobody",
        "users/new",
        f"users/{user_id}",
        f"users/{user_id}/edit",
        "roles",
        "preferences",
    )
    for place in places:
        page.goto(f"/console/settings/{place}")
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        assert page.locator("h1").count() == 1
        assert barriers(page) == []
        assert overflow(page) <= 0
    page.goto(f"{USERS}/{user_id}")
    page.get_by_role("button", name="Deactivate").click()
    assert barriers(page) == []


def test_a_user_is_made_edited_deactivated_and_activated_by_keyboard(admin: Page, login: str) -> None:
    admin.goto(USERS)
    tab_to(admin, "New user")
    admin.keyboard.press("Enter")
    expect(admin.get_by_label("Username")).to_be_focused()
    for text in (login, f"{login}@shop.example", "Ada", "Byron"):
        admin.keyboard.type(text)
        admin.keyboard.press("Tab")
    admin.keyboard.press("Space")
    admin.keyboard.press("Tab")
    admin.keyboard.type(SECRET)
    admin.keyboard.press("Enter")
    expect(admin.get_by_role("heading", level=1)).to_have_text(login)
    expect(admin.locator(".facts")).to_contain_text("Ada Byron")
    expect(admin.locator(".facts")).to_contain_text("Viewer")

    tab_to(admin, "Edit")
    admin.keyboard.press("Enter")
    expect(admin.get_by_role("heading", level=1)).to_have_text(f"Edit {login}")
    tab_to(admin, "First name")
    admin.keyboard.press("End")
    admin.keyboard.type(" Augusta")
    admin.keyboard.press("Enter")
    expect(admin.locator(".facts")).to_contain_text("Ada Augusta Byron")
    expect(admin.locator(".timeline")).to_contain_text("Ada Augusta")

    tab_to(admin, "Deactivate")
    admin.keyboard.press("Enter")
    expect(admin.get_by_role("dialog")).to_contain_text(login)
    tab_to(admin, "Deactivate user")
    admin.keyboard.press("Enter")
    expect(admin.locator(".heading .badge")).to_have_text("Inactive")
    tab_to(admin, "Activate")
    admin.keyboard.press("Enter")
    expect(admin.locator(".heading .badge")).to_have_text("Active")


def test_a_dialog_names_the_user_and_how_many_sessions_end(admin: Page, stack: Stack, login: str) -> None:
    user_id = make_user(stack, login, sessions=3)
    admin.goto(f"{USERS}/{user_id}")
    admin.get_by_role("button", name="Sign out everywhere").click()
    dialog = admin.get_by_role("dialog")
    expect(dialog).to_contain_text(f"ends 3 sessions of {login}")
    dialog.get_by_role("button", name="End 3 sessions").click()
    expect(admin.locator(".facts")).to_contain_text("Nowhere")
    expect(admin.get_by_role("button", name="Sign out everywhere")).to_have_count(0)


def test_a_stale_edit_shows_both_values_and_can_be_saved_again(admin: Page, stack: Stack, login: str) -> None:
    user_id = make_user(stack, login)
    admin.goto(f"{USERS}/{user_id}/edit")
    written(stack, "UPDATE users SET last_name = 'Theirs', version = version + 1 WHERE id = %s", [user_id])
    admin.get_by_label("Last name").fill("Mine")
    admin.get_by_role("button", name="Save changes").click()
    expect(admin.locator("[data-yours=last_name]")).to_have_text("Mine")
    expect(admin.locator("[data-theirs=last_name]")).to_have_text("Theirs")
    admin.get_by_role("button", name="Save changes").click()
    expect(admin.locator(".facts")).to_contain_text("Mine")


def test_refused_values_are_told_at_their_fields_and_the_password_is_typed_again(admin: Page) -> None:
    admin.goto(f"{USERS}/new")
    for label, text in (("Username", "operator"), ("E-mail address", "new@shop.example"), ("Password", SECRET)):
        admin.get_by_label(label).fill(text)
    admin.get_by_label("Viewer").check()
    admin.get_by_role("button", name="Create user").click()
    expect(admin.get_by_role("alert")).to_be_focused()
    expect(admin.get_by_label("Username")).to_have_attribute("aria-invalid", "true")
    expect(admin.get_by_label("E-mail address")).to_have_value("new@shop.example")
    expect(admin.get_by_label("Password")).to_have_value("")


def test_the_list_is_searched_filtered_and_paged_by_the_address(admin: Page, stack: Stack, login: str) -> None:
    for number in range(26):
        make_user(stack, f"{login}{number:02}", role="customer", is_active=number > 0)
    admin.goto(USERS)
    admin.get_by_label("Search users").fill(login)
    expect(admin.locator(".list-head")).to_contain_text("26 users")
    expect(admin.locator("tbody tr")).to_have_count(25)
    admin.get_by_role("link", name="Next page").click()
    expect(admin.locator("tbody tr")).to_have_count(1)
    admin.goto(f"{USERS}?q={login}&ordering=username")
    admin.get_by_label("State").select_option("Inactive")
    expect(admin.locator("tbody .row-link")).to_have_text([f"{login}00"])
    admin.wait_for_url("**is_active=false**")
    admin.reload()
    expect(admin.locator("tbody .row-link")).to_have_text([f"{login}00"])


def test_users_are_managed_without_script(open_as: OpenAs, stack: Stack, login: str) -> None:
    user_id = make_user(stack, login, sessions=1)
    page = open_as("admin", java_script_enabled=False)
    page.goto(USERS)
    page.get_by_label("Search users").fill(login)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=login).click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("E-mail address").fill("nobody")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_label("E-mail address")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("E-mail address").fill(f"new.{login}@shop.example")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".facts")).to_contain_text(f"new.{login}@shop.example")
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_role("dialog").get_by_role("button", name="Deactivate user").click()
    expect(page.locator(".heading .badge")).to_have_text("Inactive")
    assert written(stack, "SELECT is_active FROM users WHERE id = %s", [user_id]) is False


def test_an_operator_sees_roles_and_preferences_but_no_users(page: Page) -> None:
    page.goto("/console/settings/roles")
    row = page.get_by_role("row").filter(has_text="PATCH /api/v1/users/{user_id}")
    expect(row.get_by_role("cell")).to_have_text(["No", "No", "Yes", "No"])
    expect(page.get_by_role("link", name="Preferences", exact=True).first).to_be_visible()
    expect(page.get_by_role("link", name="Users", exact=True)).to_have_count(0)


def test_preferences_are_saved_and_shown_in_times(page: Page) -> None:
    page.goto("/console/settings/preferences")
    page.get_by_label("Your time zone").fill("Asia/Tokyo")
    page.get_by_label("Dark", exact=False).last.check()
    page.get_by_role("button", name="Save preferences").click()
    expect(page.locator(".toast")).to_contain_text("saved")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("time").first).to_have_attribute("title", re.compile("Asia/Tokyo$"))


def test_another_session_is_ended_and_this_one_stays(open_as: OpenAs, stack: Stack) -> None:
    viewer = written(stack, "SELECT id FROM users WHERE username = 'viewer'", [])
    make_session(stack, viewer, "203.0.113.9")
    page = open_as("viewer")
    page.goto("/console/settings/preferences")
    sessions = page.get_by_role("list", name="Sessions").get_by_role("listitem")
    expect(sessions.filter(has_text="This one").get_by_role("button")).to_have_count(0)
    sessions.filter(has_text="203.0.113.9").get_by_role("button").click()
    expect(page.locator(".toast")).to_contain_text("ended")
    expect(sessions.filter(has_text="203.0.113.9")).to_have_count(0)
    expect(sessions.filter(has_text="This one")).to_have_count(1)


def test_a_new_password_that_is_mistyped_is_told_at_its_field(page: Page) -> None:
    page.goto("/console/settings/preferences")
    for label, text in (("Current password", PASSWORD), ("New password", SECRET), ("The same again", f"{SECRET}!")):
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("The same again")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("New password")).to_have_value("")
