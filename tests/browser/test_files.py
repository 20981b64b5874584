"""Files that a page takes along: how far they are is shown, they can be stopped, and only a whole one is kept."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.records import written
from tests.browser.stack import Stack
from tests.browser.test_live import Pair
from tests.browser.test_products import SHAPES
from tests.browser.visitors import OpenAs
from tests.browser.watch import Complaints, barriers, overflow

ROWS, BYTES_A_SECOND = 20_000, 100_000
# So long a file does not fit into what a kernel keeps of a connection that is read slowly.
LONG_ROWS, LONG_TEXT = 3_000, 10_000
ENTRIES = """
    INSERT INTO audit_log (actor_id, actor_name, actor_role, action, source, object_type, object_id, request_id,
        old, new)
    SELECT 7, %s, 'operator', 'order.paid', 'api', 'order', n::text, repeat('q', 32), '{}',
        jsonb_build_object('text', repeat('x', %s))
    FROM generate_series(1, %s) AS n
    RETURNING 1
"""


@pytest.fixture
def web(stack: Stack) -> Iterator[Pair]:
    """A web process that can be killed."""
    made = Pair(stack)
    try:
        made.start("web")
        yield made
    finally:
        made.kill("web")


@pytest.fixture
def log(stack: Stack, name: str) -> str:
    """The list of an actor who did very much."""
    written(stack, ENTRIES, [name, 1, ROWS])
    return f"/console/audit?actor={name}"


class Line:
    """The line by which a page is read."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def carries(self, bytes_a_second: int) -> None:
        """So much from here on; -1 is as much as comes."""
        line = {"offline": False, "latency": 0, "downloadThroughput": bytes_a_second, "uploadThroughput": -1}
        self._session.send("Network.emulateNetworkConditions", line)


def slowly(page: Page, address: str) -> tuple[Line, Locator]:
    """The page, by a line that takes far longer for the file than a test looks on; that line, and the file's link."""
    page.goto(address)
    line = Line(page)
    line.carries(BYTES_A_SECOND)
    return line, page.get_by_role("link", name="Export CSV")


def test_a_long_file_says_how_far_it_is_and_comes_whole(page: Page, log: str) -> None:
    line, link = slowly(page, log)
    strip = page.locator(".toast-file")
    with page.expect_download() as download:
        link.click()
        expect(strip).to_contain_text(re.compile(r"audit\.csv: [\d,]+ of 20,000 rows"))
        expect(strip.get_by_role("progressbar", name="Rows")).to_have_js_property("max", ROWS)
        expect(link).to_have_attribute("aria-disabled", "true")
        line.carries(-1)
    assert download.value.suggested_filename == "audit.csv"
    assert len(download.value.path().read_text(encoding="utf-8").splitlines()) == ROWS + 1
    expect(strip).to_have_count(0)
    expect(page.locator("#announcer")).to_have_text("audit.csv is saved.")


def test_a_file_that_is_stopped_is_not_kept_and_can_be_asked_for_again(page: Page, log: str) -> None:
    line, link = slowly(page, log)
    strip = page.locator(".toast-file")
    kept: list[str] = []
    page.on("download", lambda download: kept.append(download.suggested_filename))
    link.click()
    strip.get_by_role("button", name="Stop").click()
    expect(page.locator("#announcer")).to_have_text("audit.csv was stopped. Nothing was saved.")
    expect(strip).to_have_count(0)
    assert kept == []
    line.carries(-1)
    with page.expect_download():
        link.click()


def test_a_file_that_breaks_off_is_not_kept_and_says_so(
    page: Page, web: Pair, stack: Stack, name: str, complaints: Complaints
) -> None:
    written(stack, ENTRIES, [name, LONG_TEXT, LONG_ROWS])
    line, link = slowly(page, f"{web.console}/audit?actor={name}")
    link.click()
    expect(page.locator(".toast-file")).to_contain_text("of 3,000 rows")
    web.kill("web")
    line.carries(-1)
    said = page.locator(".toast-error")
    expect(said).to_contain_text(re.compile(r"audit\.csv broke off after [\d,]+ rows\. Nothing was saved; try again\."))
    expect(said.locator("code")).to_contain_text("Request ")
    link.click()
    expect(page.locator(".toast-error").last).to_contain_text("No answer. Nothing was saved; try again.")
    complaints.forget("net::ERR_")


def test_who_is_no_longer_signed_in_is_told_so_and_gets_no_page_of_another_kind(open_as: OpenAs, log: str) -> None:
    page = open_as("viewer")
    page.goto(log)
    page.context.clear_cookies()
    page.get_by_role("link", name="Export CSV").click()
    expect(page.locator(".toast-error")).to_contain_text("The file could not be made. Reload the page and try again.")


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_a_file_on_its_way_is_no_barrier(open_as: OpenAs, log: str, phone: bool, theme: str) -> None:
    page = open_as("operator", phone=phone, theme=theme)
    slowly(page, log)[1].click()
    expect(page.locator(".toast-file")).to_be_visible()
    assert (barriers(page), overflow(page)) == ([], 0)
