"""The pages beside the stack work in a browser without script: their own forms are not taken for a foreign site's."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from devstack.mailcatcher.mailbox import Mailbox
from devstack.mailcatcher.web import MailServer
from tests.browser.conftest import DESKTOP, PHONE
from tests.devstack.partnered import partner
from tests.devstack.simulated import Simulator, simulator

NOBODY = "http://127.0.0.1:9/"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Simulator]:
    with simulator(tmp_path / "payments", NOBODY) as made:
        yield made


@pytest.fixture
def shown(chromium: Browser) -> Iterator[Callable[..., Page]]:
    opened = []

    def open_page(url: str, **options: Any) -> Page:
        context = chromium.new_context(**options)
        opened.append(context)
        page = context.new_page()
        page.goto(url)
        return page

    yield open_page
    for context in opened:
        context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_the_checkout_is_readable_for_everybody(
    provider: Simulator, shown: Callable[..., Page], theme: str, viewport: Any
) -> None:
    url = provider.open("ORD-0123456789AB")["url"]
    page = shown(url, color_scheme=theme, viewport=viewport, bypass_csp=True)
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_what_the_partner_did_is_readable_for_everybody(
    tmp_path: Path, shown: Callable[..., Page], theme: str, viewport: Any
) -> None:
    with partner(tmp_path / "partner", PARTNER_SUCCESS_RATE="0") as there:
        for status, wishes in ((422, {}), (201, {"success_rate": 1}), (202, {"late": 3600})):
            there.behave(**wishes)
            assert there.activate(str(uuid4()), offer="Gold membership").status_code == status
        page = shown(there.url, color_scheme=theme, viewport=viewport, bypass_csp=True)
        assert page.locator("tbody tr td:nth-child(4)").all_inner_texts() == ["Pending", "Activated", "Refused"]
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_somebody_pays_without_script(provider: Simulator, shown: Callable[..., Page]) -> None:
    page = shown(provider.open("ORD-1")["url"], java_script_enabled=False)
    page.get_by_label("Another amount").fill("1.00")
    page.get_by_role("button", name="Pay this amount").click()
    page.get_by_text("Paid: 1.00 EUR").wait_for()
    page.get_by_role("button", name="Decline").click()
    page.get_by_text("Declined: 39.80 EUR").wait_for()
    page.get_by_role("button", name="Pay 39.80 EUR").click()
    page.get_by_text("Paid: 39.80 EUR").wait_for()
    assert provider.events("ORD-1") == [("success", "1.00"), ("failed", "39.80"), ("success", "39.80")]


def test_the_payment_leads_back_to_the_shop(provider: Simulator, shown: Callable[..., Page]) -> None:
    shop = provider.url.replace("127.0.0.1", "localhost") + "/?reference=ORD-1"
    asked = {"reference": "ORD-1", "amount": "1.00", "currency": "EUR", "return_url": shop}
    page = shown(provider.ask("POST", "checkouts", asked, key="ORD-1").json()["url"], java_script_enabled=False)
    page.get_by_role("button", name="Pay 1.00 EUR").click()
    page.wait_for_url(shop)


def test_the_mail_catcher_deletes_its_mails_when_its_page_asks(tmp_path: Path, shown: Callable[..., Page]) -> None:
    mailbox = Mailbox(tmp_path)
    mailbox.keep("shop@example.test", ["anna@example.test"], b"Subject: Hello\r\n\r\n")
    with MailServer(socket.create_server(("127.0.0.1", 0)), mailbox) as server:
        threading.Thread(target=server.serve_forever).start()
        page = shown(f"http://127.0.0.1:{server.socket.getsockname()[1]}/", java_script_enabled=False)
        page.get_by_role("button", name="Delete all").click()
        page.get_by_text("No mail yet.").wait_for()
        server.shutdown()
    assert mailbox.names() == []
