"""Every page, in both themes and at both widths, without a barrier or a complaint."""

import pytest

from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import Complaints, barriers, overflow

CONSOLE = [
    "/console/",
    "/console/stores",
    "/console/stores?q=nothing-is-called-this",
    "/console/stores/new",
    "/console/stores/1",
    "/console/stores/1/edit",
    "/console/nowhere",
]
OPEN = ["/console/login", "/docs/problems", "/docs/problems/in_use", "/docs/access"]
PLACES = [("operator", path) for path in CONSOLE] + [("viewer", "/console/stores/1")] + [(None, path) for path in OPEN]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize(("username", "path"), PLACES)
def test_a_page_has_no_barrier(open_as: OpenAs, username: str | None, path: str, phone: bool, theme: str) -> None:
    page = open_as(username, phone=phone, theme=theme)
    page.goto(path)
    assert page.locator("h1").count() == 1
    assert barriers(page) == []
    assert overflow(page) <= 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_what_opens_over_a_page_has_no_barrier(open_as: OpenAs, phone: bool, theme: str) -> None:
    page = open_as("operator", phone=phone, theme=theme)
    page.goto("/console/stores/1")
    page.get_by_role("button", name="Account of operator").click()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete").click()
    assert barriers(page) == []
    page.get_by_role("button", name="Cancel").click()
    page.goto("/console/stores/new")
    page.get_by_role("button", name="Create store").click()
    page.get_by_role("alert").wait_for()
    assert barriers(page) == []
    assert overflow(page) <= 0


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_longest_name_does_not_break_a_page(open_as: OpenAs, stack: Stack, phone: bool) -> None:
    store = stack.make_store("W" * 100)
    page = open_as("operator", phone=phone)
    for path in ("/console/stores?q=WWW", f"/console/stores/{store['id']}", f"/console/stores/{store['id']}/edit"):
        page.goto(path)
        assert overflow(page) <= 0
        assert barriers(page) == []


@pytest.mark.parametrize(("path", "ready"), [("/docs", ".swagger-ui .info"), ("/redoc", ".redoc-wrap h1")])
def test_the_api_reference_needs_nobody_elses_server(
    open_as: OpenAs, stack: Stack, complaints: Complaints, path: str, ready: str
) -> None:
    page = open_as(None)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path)
    page.locator(ready).first.wait_for()
    complaints.forget("cdn.redoc.ly")  # ReDoc asks for a logo, which the policy of the page refuses
    assert [url for url in asked if not url.startswith((stack.url, "data:", "blob:", "https://cdn.redoc.ly/"))] == []


def test_a_viewer_is_offered_no_change(open_as: OpenAs) -> None:
    page = open_as("viewer")
    page.goto("/console/stores/1")
    assert page.get_by_role("heading", name="History").is_visible()
    assert page.get_by_role("button", name="Delete").count() == 0
    answer = page.goto("/console/stores/new")
    assert answer is not None
    assert answer.status == 403
