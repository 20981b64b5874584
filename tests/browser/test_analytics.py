"""Analytics in a browser: ranges, filters, charts with their tables, files, and promos side by side."""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.history import go_back
from tests.browser.sold import lapsed, opened, refused, sold
from tests.browser.stack import Stack
from tests.browser.test_products import SHAPES
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow

SCRIPTS = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
DAY = "2026-03-29"
# How many dots of a chart have the colour of its bars, counted in a copy of it.
BARS = """
    canvas => {
        const wanted = getComputedStyle(canvas.closest(".plot")).color.match(/[0-9]+/g).slice(0, 3).join();
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        let found = 0;
        for (let at = 0; at < data.length; at += 4) found += data.slice(at, at + 3).join() === wanted;
        return found;
    }
"""

# Whether the first chart has its colour within some frames.
REDRAWN = f"""
    async () => {{
        for (let frame = 0; frame < 600; frame += 1) {{
            if (({BARS})(document.querySelector(".plot canvas")) > 200) return true;
            await new Promise(requestAnimationFrame);
        }}
        return false;
    }}
"""


@pytest.fixture
def night(stack: Stack, name: str) -> Any:
    """A promo that sold three units on a day of the past and one the day before; one lapsed, many were refused."""
    noon = datetime.fromisoformat(DAY).replace(hour=12, tzinfo=UTC)
    made = opened(stack, name, noon - timedelta(days=9))
    for hours, refunded in ((0, "0"), (1, "0"), (1, "2.90"), (-24, "0")):
        sold(stack, made, noon + timedelta(hours=hours), refunded=refunded)
    lapsed(stack, made, noon)
    refused(stack, made, noon, 41)
    return made


def here(promo: Any, more: str = "") -> str:
    return f"/console/analytics?promo_id={promo['id']}&start_date={DAY}&end_date={DAY}{more}"


def cells(page: Page, table: str) -> list[list[str]]:
    """The texts of a table, also of one that is folded."""
    rows: list[list[str]] = page.locator(f"[data-table={table}] tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim().replace(/\\\\s+/g, ' ')))"
    )
    return rows


def file_of(page: Page, label: str) -> list[dict[str, str]]:
    """What its CSV link leads to."""
    address = page.get_by_role("link", name=f"{label} as CSV").get_attribute("href")
    return list(csv.DictReader(StringIO(page.request.get(address or "").text(), newline="")))


@SCRIPTS
def test_figures_and_tables_are_there_with_and_without_script(open_as: OpenAs, night: Any, script: bool) -> None:
    page = open_as("viewer", java_script_enabled=script)
    page.goto(here(night))
    expect(page.locator(".figures")).to_contain_text(re.compile(r"Units\s+2"))
    expect(page.locator(".figures")).to_contain_text("€5.80")
    expect(page.locator("[data-table=funnel]")).to_contain_text("Held a unit")
    expect(page.locator("[data-table=refusals] td.number")).to_have_text("41")
    page.get_by_text("The figures of both charts").click()
    expect(page.locator("[data-table=series] tbody tr")).to_have_count(2)
    expect(page.locator("[data-table=series] tbody th").first).to_have_text("Sun 29 Mar, 12:00")


def test_the_charts_are_drawn_from_the_figures(page: Page, night: Any) -> None:
    page.goto(here(night))
    charts = page.locator(".plot canvas")
    expect(charts).to_have_count(3)
    for number in range(3):
        assert charts.nth(number).evaluate(BARS) > 200
    plot = page.locator(".plot").first
    plot.focus()
    for key in ("Home", *["ArrowRight"] * 13):
        page.keyboard.press(key)
    expect(page.locator(".read-out").first).to_contain_text("13:00: 1, before 0")


def test_a_range_of_nothing_draws_no_bar_and_says_so(page: Page, night: Any) -> None:
    page.goto(f"/console/analytics?promo_id={night['id']}&start_date=2026-02-01&end_date=2026-02-01")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(page).to_have_url(re.compile(r"start_date=2026-02-01"))
    expect(page.get_by_role("heading", name="Nothing happened in these days")).to_be_visible()
    expect(page.locator(".plot")).to_have_count(0)


def test_each_file_has_the_rows_of_its_table(page: Page, night: Any) -> None:
    page.goto(here(night, "&grain=day"))
    series, (row,) = file_of(page, "Over time"), cells(page, "series")
    assert [each["units"] for each in series] == [row[1]] == ["2"]
    assert [f"€{each['net']}" for each in series] == [row[3]] == ["€5.80"]
    steps = {each["step"]: each["count"] for each in file_of(page, "From told to paid")}
    assert list(steps.values()) == [cell[-1] for cell in cells(page, "funnel")]
    assert (steps["held"], steps["paid"], steps["kept"], steps["lapsed"]) == ("4", "3", "2", "1")
    assert [each["refusals"] for each in file_of(page, "Refused by reason")] == ["41"]
    assert [each["units"] for each in file_of(page, "By promo")] == [cells(page, "promos")[0][2]]
    assert [each["hour"] for each in file_of(page, "By the hour of the day")] == ["12", "13"]


def test_filters_change_rows_and_address_and_back_and_reload_give_them_again(page: Page, night: Any) -> None:
    page.goto(here(night, "&grain=hour"))
    before = cells(page, "series")
    page.get_by_label("First day").fill("2026-03-28")
    expect(page).to_have_url(re.compile("start_date=2026-03-28"))
    expect(page.locator("[data-table=series] tbody tr")).to_have_count(3)
    after = cells(page, "series")
    page.reload()
    assert cells(page, "series") == after
    go_back(page)
    expect(page.locator("[data-table=series] tbody tr")).to_have_count(2)
    assert cells(page, "series") == before
    expect(page.locator(".plot canvas")).to_have_count(3)


def test_promos_are_ticked_and_compared(page: Page, stack: Stack, name: str) -> None:
    """On a day of their own: the table has the first ten by value, and the other tests sell on the same day."""
    noon = datetime(2026, 1, 20, 12, tzinfo=UTC)
    both = [opened(stack, f"{name} {number}", noon - timedelta(days=9)) for number in (1, 2)]
    for made in (both[0], both[0], both[0], both[1]):
        sold(stack, made, noon)
    page.goto("/console/analytics?start_date=2026-01-20&end_date=2026-01-20")
    for made in both:
        page.get_by_role("checkbox", name=re.compile(f"^Compare promo {made['id']},")).check()
    page.get_by_role("button", name="Compare the ticked").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Promos compared")
    expect(page.get_by_role("columnheader", name=re.compile(name))).to_have_count(2)
    expect(page.get_by_role("row", name=re.compile("^Kept (3 1|1 3)$"))).to_be_visible()


def test_the_page_of_a_promo_and_the_home_page_lead_here(page: Page, night: Any) -> None:
    page.goto(f"/console/promos/{night['id']}")
    page.get_by_role("link", name="Analytics of this promo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Analytics")
    expect(page.get_by_label("Promo (number)")).to_have_value(str(night["id"]))
    expect(page.locator("[data-table=funnel]")).to_be_visible()
    page.goto("/console/")
    page.get_by_role("link", name=re.compile("^Revenue")).click()
    expect(page).to_have_url(re.compile("compare=week"))


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_the_pages_have_no_barrier(open_as: OpenAs, night: Any, phone: bool, theme: str) -> None:
    page = open_as("operator", phone=phone, theme=theme)
    for path in (
        here(night),
        here(night, "&source=tracker"),
        "/console/analytics?promo_id=999999999",
        f"/console/analytics/promos?promo_id={night['id']}",
        "/console/analytics/promos",
    ):
        page.goto(path)
        assert (barriers(page), overflow(page)) == ([], 0), path
    page.goto(here(night))
    for fold in ("The figures of both charts", "The figures of the chart"):
        page.get_by_text(fold).click()
    assert (barriers(page), overflow(page)) == ([], 0)


def test_a_theme_that_changes_redraws_the_charts(page: Page, night: Any) -> None:
    page.goto(here(night))
    light = page.locator(".plot").first.evaluate("plot => getComputedStyle(plot).color")
    page.get_by_role("button", name="Account of operator").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator(".plot").first).not_to_have_css("color", light)
    assert page.evaluate(REDRAWN)
