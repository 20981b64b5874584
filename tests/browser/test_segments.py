"""The segment builder, and segments put together by hand."""

import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow

SEGMENTS = "/console/segments"


@pytest.fixture
def login() -> str:
    """A username that no other test uses."""
    return f"quay{uuid.uuid4().hex[:8]}"


def make_customer(stack: Stack, login: str, **facts: Any) -> Any:
    """A customer of this name."""
    body = {"username": login, "email": f"{login}@shop.example"} | facts
    return stack.call("POST", "/customers", json=body)


def make_segment(stack: Stack, name: str, *rules: dict[str, Any]) -> Any:
    """A segment by these rules, or by hand."""
    body = {"name": name, "rules": {"match": "all", "rules": list(rules)} if rules else None}
    return stack.call("POST", "/segments", json=body)


def near(store: Any, km: float) -> dict[str, Any]:
    """The rule of living near a store."""
    return {"type": "near_store", "store_id": store["id"], "km": km}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_pages_have_no_barrier(  # noqa: PLR0917 - fixtures and cases
    open_as: OpenAs, stack: Stack, name: str, login: str, phone: bool, theme: str
) -> None:
    rules: list[dict[str, Any]] = [
        {"type": "joined_within", "days": 30},
        {"type": "ordered", "at_least": 3, "within_days": 90},
        {"type": "spent", "at_least": "100.00"},
        near(stack.make_store(f"{name} {'W' * 80}"), 5),
    ]
    by_rule, by_hand = make_segment(stack, f"{name} {'W' * 80}", *rules), make_segment(stack, f"{name} hand")
    ada = make_customer(stack, login, email=f"{'w' * 60}.{login}@shop.example")
    stack.call("POST", f"/segments/{by_hand['id']}/members", json={"customer_ids": [ada["id"]]})
    page = open_as("operator", phone=phone, theme=theme)
    paths = ["", "?q=nothing-is-called-this", "/new", "/new?kind=manual"]
    paths += [f"/{made['id']}{verb}" for made in (by_rule, by_hand) for verb in ("", "/edit")]
    for path in paths:
        page.goto(SEGMENTS + path)
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        assert page.locator("h1").count() == 1
        assert barriers(page) == []
        assert overflow(page) <= 0
    page.goto(f"{SEGMENTS}/{by_rule['id']}/edit")
    page.get_by_label("Within so many km").fill("0")
    page.get_by_label("Store").select_option("")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert barriers(page) == []
    assert overflow(page) <= 0


def test_a_segment_is_built_counted_and_saved(page: Page, stack: Stack, name: str, login: str) -> None:
    store = stack.make_store(name, latitude=-41.3, longitude=174.8)
    make_customer(stack, f"{login}a", latitude=-41.3, longitude=174.8)
    make_customer(stack, f"{login}b", latitude=-41.5, longitude=174.8)
    page.goto(SEGMENTS)
    page.get_by_role("link", name="New by rules").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Kind of the next rule").select_option("near_store")
    page.get_by_role("button", name="Add rule").click()
    expect(page.get_by_label("Store")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value(name)
    page.get_by_label("Store").select_option(label=store["name"])
    found = page.locator(".preview")
    expect(found).to_contain_text("Complete the rules")
    page.get_by_label("Within so many km").press_sequentially("5")
    expect(found).to_contain_text("1 customer now")
    expect(found.get_by_role("link", name=f"{login}a")).to_be_visible()
    page.get_by_label("Within so many km").fill("50")
    expect(found).to_contain_text("2 customers now")
    page.get_by_role("button", name="Add rule").click()
    page.get_by_label("Within so many days").fill("30")
    page.get_by_label("Within so many days").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator(".facts")).to_contain_text(f"Is within 50 km of {name}")
    expect(page.locator(".facts")).to_contain_text("Joined within the last 30 days")
    expect(page.locator(".preview")).to_contain_text("2 customers now")
    page.goto(f"{SEGMENTS}?q={name.replace(' ', '+')}")
    expect(page.locator("tbody tr td.number")).to_have_text("2")


def test_a_rule_is_added_and_removed_without_script(open_as: OpenAs, stack: Stack, name: str, login: str) -> None:
    store = stack.make_store(name, latitude=-43.5, longitude=172.6)
    make_customer(stack, login, latitude=-43.5, longitude=172.6)
    page = open_as("operator", java_script_enabled=False)
    page.goto(f"{SEGMENTS}/new")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create segment").click()
    expect(page.locator("#rules-error")).to_have_text("Add at least one rule.")
    for kind in ("spent", "near_store"):
        page.get_by_label("Kind of the next rule").select_option(kind)
        page.get_by_role("button", name="Add rule").click()
    page.get_by_label("Store").select_option(label=store["name"])
    page.get_by_label("Within so many km").fill("1,5")
    page.get_by_role("button", name="Remove rule 1").click()
    expect(page.locator("fieldset.rule")).to_have_count(1)
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.locator(".preview")).to_contain_text("1 customer now")
    page.get_by_role("button", name="Create segment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator(".facts")).to_contain_text("Is within 1.5 km of")


def test_a_taken_name_and_a_rule_that_cannot_be_are_told_at_their_fields(page: Page, stack: Stack, name: str) -> None:
    make_segment(stack, name)
    page.goto(f"{SEGMENTS}/new")
    page.get_by_label("Name").fill(name.upper())
    page.get_by_role("button", name="Add rule").click()
    page.get_by_label("Within so many days").fill("soon")
    page.get_by_role("button", name="Create segment").click()
    expect(page.get_by_label("Within so many days")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Within so many days").fill("7")
    page.get_by_role("button", name="Create segment").click()
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Within so many days")).to_have_value("7")


def test_a_stale_edit_shows_both_rules(page: Page, stack: Stack, name: str) -> None:
    made = make_segment(stack, name, {"type": "joined_within", "days": 30})
    page.goto(f"{SEGMENTS}/{made['id']}/edit")
    rules = {"match": "all", "rules": [{"type": "joined_within", "days": 1}]}
    stack.call("PATCH", f"/segments/{made['id']}", json={"rules": rules})
    page.get_by_label("Within so many days").fill("7")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("[data-yours=rules]")).to_have_text("Joined within the last 7 days")
    expect(page.locator("[data-theirs=rules]")).to_have_text("Joined within the last 1 day")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".facts")).to_contain_text("the last 7 days")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_members_are_added_by_name_and_removed(
    open_as: OpenAs, stack: Stack, name: str, login: str, script: bool
) -> None:
    make_customer(stack, login)
    page = open_as("operator", java_script_enabled=script)
    page.goto(SEGMENTS)
    page.get_by_role("link", name="New by hand").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create segment").click()
    page.get_by_label("Username or e-mail address").fill(f"{login}nobody")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".toast-error")).to_contain_text(f"no customer called {login}nobody")
    page.get_by_label("Username or e-mail address").fill(f"{login.upper()}@shop.example")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".preview")).to_contain_text("1 customer now")
    page.get_by_role("button", name=f"Remove {login}").click()
    expect(page.locator(".preview")).to_contain_text("0 customers now")


def test_a_segment_is_deleted(page: Page, stack: Stack, name: str) -> None:
    made = make_segment(stack, name)
    page.goto(f"{SEGMENTS}/{made['id']}")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text(name)
    page.get_by_role("button", name="Delete segment").click()
    page.wait_for_url(f"**{SEGMENTS}")
    assert stack.call("GET", "/segments", params={"q": name})["data"] == []


def test_a_store_in_use_by_rules_is_not_deleted(page: Page, stack: Stack, name: str) -> None:
    store = stack.make_store(name)
    make_segment(stack, name, near(store, 5))
    page.goto(f"/console/stores/{store['id']}")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete store").click()
    expect(page.locator(".toast-error")).to_contain_text("referred to")


def test_markup_in_a_segment_stays_text(page: Page, stack: Stack, name: str) -> None:
    text = f"{name}<img src=x onerror=document.title='owned'>"
    made = make_segment(stack, text, near(stack.make_store(text), 5))
    for path in (f"?q={name.replace(' ', '+')}", f"/{made['id']}", f"/{made['id']}/edit"):
        page.goto(SEGMENTS + path)
        expect(page.get_by_text(text).first).to_be_attached()
        assert page.locator("img").count() == 0
        assert "owned" not in page.title().replace(text, "")
