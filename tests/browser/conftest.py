"""Chromium, signed in to a running console."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.records import prefer
from tests.browser.stack import Stack, running
from tests.browser.visitors import OpenAs, sign_in
from tests.browser.watch import Complaints

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
# For a condition on a machine that has other work to do; what comes at once costs nothing.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with TemporaryDirectory(prefix="hf-browser-") as home, running(Path(home)) as made:
        yield made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no Chromium is installed; `make check` installs one"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sessions(stack: Stack, chromium: Browser) -> Callable[[str], Any]:
    """The cookies of each login, made once."""
    kept: dict[str, Any] = {}

    def of(username: str) -> Any:
        if username not in kept:
            with chromium.new_context(base_url=stack.url) as context:
                sign_in(context.new_page(), username)
                kept[username] = context.storage_state()
        return kept[username]

    return of


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Every page of a test is watched; whatever it complained of fails the test at its end."""
    made = Complaints()
    yield made
    assert made.seen == []


@pytest.fixture
def open_as(
    stack: Stack, chromium: Browser, sessions: Callable[[str], Any], complaints: Complaints
) -> Iterator[OpenAs]:
    """A page in a browser of its own, signed in or (without a name) not."""
    opened: list[BrowserContext] = []

    def make(username: str | None, *, phone: bool = False, theme: str = "", **options: Any) -> Page:
        shape = {"viewport": PHONE, "has_touch": True} if phone else {"viewport": DESKTOP}
        state = sessions(username) if username else None
        # Without motion: what is half faded in has half its contrast.
        context = chromium.new_context(
            base_url=stack.url, storage_state=state, reduced_motion="reduce", **shape, **options
        )
        context.set_default_timeout(PATIENCE_MS)
        if theme:
            context.add_cookies([{"name": "holdfast_theme", "value": theme, "url": stack.url}])
        prefer(stack, username, theme or "system")
        complaints.watch(context)
        opened.append(context)
        return context.new_page()

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def page(open_as: OpenAs) -> Page:
    """An operator at a desk."""
    return open_as("operator")


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"Quay {uuid.uuid4().hex[:8]}"
