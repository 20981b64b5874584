"""What a page must never do while a test looks at it."""

from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

# The browser itself writes a line for every answer of 400 and above; what the page then does is the test's matter.
EXPECTED = "Failed to load resource: the server responded with a status of 4"
AXE = Axe()


@dataclass
class Complaints:
    """Faults that pages reported: console errors, exceptions, refusals by the content security policy."""

    seen: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of the context."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.seen.append(f"exception: {error.error}"))

    def forget(self, text: str) -> None:
        """A fault that the test caused on purpose."""
        self.seen = [line for line in self.seen if text not in line]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(EXPECTED):
            self.seen.append(f"{message.type}: {message.text}")


def settled(page: Page) -> None:
    """Nothing is being fetched or put in its place: a part that just came hears nobody as quick as a test."""
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def barriers(page: Page) -> list[str]:
    """What axe finds, one line for each kind; parts of the page that are still being fetched are half faded."""
    settled(page)
    found: list[dict[str, Any]] = AXE.run(page).response["violations"]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in found]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider
