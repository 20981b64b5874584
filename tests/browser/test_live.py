"""A page that watches its subject says how live it is, and shows the same whatever way it learns of it."""

import math
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.planned import make_promo
from tests.browser.records import forget_jobs, make_job
from tests.browser.sold import sold
from tests.browser.stack import ROOT, Stack, free_port, wait_until_ready
from tests.browser.test_products import SHAPES
from tests.browser.visitors import OpenAs
from tests.browser.watch import Complaints, barriers, overflow
from tests.scale import scaled

SLOW = 45_000
EVENTS_OF_A_SALE = 3
FIVE_MINUTES_AHEAD = "const now = Date.now; Date.now = () => now() + 300_000;"
# A field in which somebody types.
FIELD = """(zone) => {
    zone.append(Object.assign(document.createElement("input"), { id: "typed" }));
    zone.lastChild.focus();
}"""
# What the countdown shows whenever it changes, beside what the right clock says at that moment.
COUNTDOWN = """(at) => {
    const node = document.createElement("time");
    node.dataset.expiresAt = at;
    window.compared = [];
    new MutationObserver(() => {
        const [minutes, seconds] = node.textContent.split(":").map(Number);
        window.compared.push([minutes * 60 + seconds, (Date.parse(at) - Date.now()) / 1000 + 300]);
    }).observe(node, { childList: true });
    document.querySelector("main").append(node);
}"""


class Pair:
    """A web process and a live process over the servers of the stack, each of which can be killed."""

    def __init__(self, stack: Stack) -> None:
        self.ports = {"web": free_port(), "live": free_port()}
        own = {"PORT": str(self.ports["web"]), "LIVE_PORT": str(self.ports["live"])}
        self.environment = stack.environment | own | {"LIVE_URL": f":{self.ports['live']}", "WORKERS": "1"}
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def console(self) -> str:
        return f"http://127.0.0.1:{self.ports['web']}/console"

    def start(self, name: str) -> None:
        file, target = {"web": ("gunicorn", "wsgi"), "live": ("live", "live")}[name]
        command = [sys.executable, "-m", "gunicorn", "-c", f"deploy/{file}.conf.py", f"{target}:app"]
        self.running[name] = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        wait_until_ready(f"http://127.0.0.1:{self.ports[name]}", self.running[name])

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].wait()


@pytest.fixture
def pair(stack: Stack, chromium: Browser) -> Iterator[Pair]:
    made = Pair(stack)
    try:
        made.start("web")
        made.start("live")
        yield made
    finally:
        for context in chromium.contexts:
            context.close()  # a page that is still open would complain of what ends now
        for program in made.running.values():
            program.kill()
            program.wait()


def opened(page: Page, pair: Pair, path: str = "/ops/health") -> Locator:
    """The pill of a page whose stream has told what there is: its first word may only be that it is there."""
    page.add_init_script("addEventListener('servertime', () => { window.told = true; }, true)")
    page.goto(pair.console + path)
    pill = page.locator(".live-pill")
    expect(pill).to_contain_text("Live ·")
    page.wait_for_function("() => window.told")
    return pill


def test_live_then_polling_then_stale_then_live_again(
    page: Page, pair: Pair, stack: Stack, complaints: Complaints
) -> None:
    forget_jobs(stack)
    pill, rows = opened(page, pair), page.get_by_role("list", name="Parts").get_by_role("listitem")
    letters = rows.filter(has_text="Dead letters")
    make_job(stack, "dead")
    expect(letters).to_contain_text("One waits")
    many = rows.count()

    pair.kill("live")
    expect(pill).to_contain_text("Polling", timeout=SLOW)
    make_job(stack, "dead")
    expect(letters).to_contain_text("2 wait")

    pair.kill("web")
    expect(pill).to_contain_text("Stale 00:1", timeout=SLOW)
    expect(page.locator("[data-zone][data-stale]")).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="not up to date")).to_have_count(1)
    assert rows.count() == many
    assert barriers(page) == []

    pair.start("web")
    expect(pill).to_contain_text("Polling", timeout=SLOW)
    pair.start("live")
    make_job(stack, "dead")
    expect(pill).to_contain_text("Live ·", timeout=SLOW)
    expect(letters).to_contain_text("3 wait")
    expect(page.locator("[data-stale]")).to_have_count(0)
    assert rows.count() == many
    complaints.forget("net::ERR_")


@pytest.mark.chaos
def test_after_a_minute_without_live_every_event_is_there_once(
    page: Page, pair: Pair, stack: Stack, name: str, complaints: Complaints
) -> None:
    made = make_promo(stack, name, quantity=20, is_active=True)
    pill, events = opened(page, pair, f"/live/{made['id']}"), page.locator("[data-zone=feed] li")
    pair.kill("live")
    expect(pill).to_contain_text("Polling", timeout=SLOW)
    sales = scaled(30)  # a page that polls shows about one in two seconds
    for number in range(1, sales + 1):
        sold(stack, made, datetime.now(UTC))
        expect(events).to_have_count(EVENTS_OF_A_SALE * number, timeout=SLOW)
    pair.start("live")
    expect(pill).to_contain_text("Live ·", timeout=SLOW)
    sold(stack, made, datetime.now(UTC))
    expect(events).to_have_count(EVENTS_OF_A_SALE * (sales + 1))
    assert len(set(events.evaluate_all("rows => rows.map(row => row.id)"))) == EVENTS_OF_A_SALE * (sales + 1)
    complaints.forget("net::ERR_")


def test_the_focus_stays_where_it_was_when_its_zone_changes(page: Page, pair: Pair, stack: Stack) -> None:
    forget_jobs(stack)
    make_job(stack, "dead")
    opened(page, pair)
    link = page.get_by_role("link", name="Failed jobs")
    link.focus()
    make_job(stack, "dead")
    expect(page.get_by_role("list", name="Parts")).to_contain_text("2 wait")
    expect(link).to_be_focused()


def test_a_zone_in_which_somebody_types_waits_until_they_are_done(page: Page, pair: Pair, stack: Stack) -> None:
    forget_jobs(stack)
    opened(page, pair)
    zone = page.locator("[data-zone=checks]")
    zone.evaluate(FIELD)
    page.locator("#typed").fill("half a wo")
    before = page.evaluate("performance.now()")
    make_job(stack, "dead")
    page.wait_for_function("before => performance.now() > before + 2500", arg=before)
    expect(page.locator("#typed")).to_have_value("half a wo")
    page.locator("#typed").blur()
    expect(zone).to_contain_text("One waits")


def test_a_countdown_is_right_by_a_clock_that_is_wrong(open_as: OpenAs, pair: Pair, stack: Stack) -> None:
    page = open_as("operator")
    page.context.add_init_script(FIVE_MINUTES_AHEAD)
    opened(page, pair)
    with psycopg2.connect(stack.database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() + interval '10 minutes'")
        (ends_at,) = cursor.fetchone()  # type: ignore[misc]  # there is one
    connection.close()
    page.evaluate(COUNTDOWN, ends_at.isoformat())
    page.wait_for_function("() => window.compared.length >= 4")
    compared = page.evaluate("window.compared")
    # A page that stood still for a moment is that much off, one that believes its clock five minutes.
    assert all(abs(shown - math.ceil(really)) <= 10 for shown, really in compared), compared


@pytest.mark.parametrize(("phone", "theme"), SHAPES)
def test_a_live_page_has_no_barrier(open_as: OpenAs, pair: Pair, phone: bool, theme: str) -> None:
    page = open_as("viewer", phone=phone, theme=theme)
    opened(page, pair)
    assert barriers(page) == []
    assert overflow(page) <= 0
