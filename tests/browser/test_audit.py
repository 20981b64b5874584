"""The audit log in the console: found by its filters, compared field by field, exported, and never run."""

import json
import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.history import go_back
from tests.browser.records import make_entry
from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow


@pytest.fixture
def actor() -> str:
    """Somebody of whom no other test knows."""
    return f"ada-{uuid.uuid4().hex[:8]}"


SHOWN = "tbody .row-link"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_pages_have_no_barrier(open_as: OpenAs, stack: Stack, actor: str, phone: bool, theme: str) -> None:
    longest = {"actor_name": "W" * 100, "action": f"a.{'w' * 58}", "object_type": "t" * 40, "object_id": "i" * 40}
    facts = {"old": {"text": "y" * 900, "f" * 90: None, "list": [{"a": 1}]}, "new": {"text": "z" * 900, "fresh": ""}}
    entry = make_entry(stack, actor, request_id="r" * 128, **longest, **facts)
    page = open_as("viewer", phone=phone, theme=theme)
    for place in ("", f"/{entry}", "?actor=nobody", f"?request_id={'r' * 128}"):
        page.goto(f"/console/audit{place}")
        assert page.locator("h1").count() == 1
        assert barriers(page) == []
        assert overflow(page) <= 0
    page.goto(f"/console/audit/{entry}")
    page.locator("summary").first.click()
    assert barriers(page) == []
    assert overflow(page) <= 0


def test_the_filters_are_in_the_address(page: Page, stack: Stack, actor: str) -> None:
    make_entry(stack, actor, action="order.paid")
    make_entry(stack, actor, action="order.shipped", source="job")
    make_entry(stack, actor, action="store.updated")
    page.goto("/console/audit")
    page.get_by_label("Actor", exact=True).fill(actor.upper())
    page.get_by_label("Actor", exact=True).press("Enter")
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_label("Action").fill("order.")
    page.get_by_label("Source").select_option("Job")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.reload()
    expect(page.locator(SHOWN)).to_have_text(["order.shipped"])
    expect(page.get_by_label("Action")).to_have_value("order.")
    page.get_by_label("Source").select_option("Any")
    expect(page.locator("tbody tr")).to_have_count(2)
    go_back(page)
    expect(page.locator("tbody tr")).to_have_count(1)


def test_days_are_those_of_the_business(page: Page, stack: Stack, actor: str) -> None:
    for at in ("2030-01-31T23:59:59Z", "2030-02-01T00:00:00Z", "2030-02-01T23:59:59Z", "2030-02-02T00:00:00Z"):
        make_entry(stack, actor, at=at, action=f"at.{at[8:13].lower()}")
    page.goto(f"/console/audit?actor={actor}")
    page.get_by_label("First day").fill("2030-02-01")
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_label("Last day").fill("2030-02-01")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator(SHOWN)).to_have_text(["at.01t23", "at.01t00"])


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_click_on_what_is_shown_filters_by_it(open_as: OpenAs, stack: Stack, actor: str, script: bool) -> None:
    order, request = uuid.uuid4().hex, uuid.uuid4().hex
    make_entry(stack, actor, action="a.one", object_id=order, request_id=request)
    make_entry(stack, actor, action="a.two", object_id=order)
    make_entry(stack, actor, action="a.three", request_id=request)
    page = open_as("viewer", java_script_enabled=script)
    page.goto(f"/console/audit?object_id={order}")
    page.get_by_role("row").filter(has_text="a.one").get_by_role("link", name=actor).click()
    expect(page.get_by_label("Actor", exact=True)).to_have_value(actor)
    expect(page.locator(SHOWN)).to_have_text(["a.two", "a.one"])
    page.get_by_role("row").filter(has_text="a.one").get_by_title(request).click()
    expect(page.get_by_label("Request id")).to_have_value(request)
    expect(page.locator(SHOWN)).to_have_text(["a.one"])
    page.get_by_role("link", name="a.one").click()
    page.get_by_role("link", name=request).click()
    expect(page.locator(SHOWN)).to_have_text(["a.three", "a.one"])
    page.get_by_role("link", name="a.one").click()
    page.get_by_role("link", name=f"order {order}").click()
    expect(page.locator("tbody tr").first).to_contain_text("a.two")


def test_the_form_filters_without_script(open_as: OpenAs, stack: Stack, actor: str) -> None:
    make_entry(stack, actor, object_id="17")
    make_entry(stack, actor)
    page = open_as("viewer", java_script_enabled=False)
    page.goto("/console/audit")
    page.get_by_label("Actor", exact=True).fill(actor)
    page.get_by_text("More filters").click()
    page.get_by_label("Object id").fill("17")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_label("Object id")).to_have_value("17")


def test_the_next_page_follows_the_first(page: Page, stack: Stack, actor: str) -> None:
    ids = [make_entry(stack, actor) for _ in range(26)]
    page.goto(f"/console/audit?actor={actor}")
    expect(page.locator("tbody tr")).to_have_count(25)
    make_entry(stack, actor)
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.locator("tbody .row-link").get_attribute("href") == f"/console/audit/{ids[0]}"


def test_a_difference_is_told_in_words(page: Page, stack: Stack, actor: str) -> None:
    old = {"name": "Friday", "gone": True, "text": "old " * 100}
    new = {"name": "Saturday", "limits": {"per_customer": 2}, "text": "new " * 100}
    page.goto(f"/console/audit/{make_entry(stack, actor, old=old, new=new)}")

    def field(name: str) -> Any:
        return page.locator(".diff dl > div").filter(has=page.locator("dt", has_text=name))

    expect(field("Name")).to_contain_text("changed")
    expect(field("Name").locator("del")).to_have_text("Friday")
    expect(field("Name").locator("ins")).to_have_text("Saturday")
    expect(field("Gone")).to_contain_text("removed")
    expect(field("Gone").locator("ins")).to_have_count(0)
    expect(field("Limits")).to_contain_text("added")
    assert json.loads(field("Limits").locator("ins").inner_text()) == new["limits"]
    expect(field("Text").locator("ins pre")).not_to_be_visible()
    field("Text").locator("ins summary").click()
    expect(field("Text").locator("ins pre")).to_be_visible()


def test_the_export_is_what_is_shown(open_as: OpenAs, stack: Stack, actor: str) -> None:
    make_entry(stack, actor, action="order.paid")
    make_entry(stack, actor, action="order.shipped")
    page = open_as("viewer")
    page.goto(f"/console/audit?actor={actor}")
    page.get_by_label("Action").fill("order.paid")
    page.get_by_label("Action").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert f"{actor},operator,order.paid" in lines[1]


def test_what_others_wrote_is_never_run(page: Page, stack: Stack, actor: str) -> None:
    evil = f"<img src=/x onerror=\"document.title='owned'\"><a hx-get=/console/stores hx-trigger=load>{actor}</a>"
    entry = make_entry(stack, evil[:100], action="a.evil", request_id=evil[:128], old={evil: evil}, new={evil: [evil]})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for place in ("", f"/{entry}"):
        page.goto(f"/console/audit{place}")
        expect(page.get_by_text("a.evil").first).to_be_visible()
        assert page.locator("main img, main [hx-trigger=load]").count() == 0
        assert page.title() != "owned"
    assert [url for url in asked if url.endswith(("/x", "/console/stores"))] == []


def test_a_store_leads_to_its_entries(page: Page, stack: Stack, name: str) -> None:
    store = stack.make_store(name)
    stack.call("PATCH", f"/stores/{store['id']}", json={"name": f"{name} North"})
    page.goto(f"/console/stores/{store['id']}")
    page.get_by_role("link", name="See it in the audit log").click()
    expect(page.get_by_label("Object id")).to_have_value(str(store["id"]))
    expect(page.locator(SHOWN)).to_have_text(["store.updated", "store.created"])
    expect(page.get_by_role("link", name="Audit", exact=True).first).to_have_attribute("aria-current", "page")
