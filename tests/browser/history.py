"""The browser's Back button."""

from playwright.sync_api import Page


def go_back(page: Page) -> None:
    """Press it, and go on when the page that was before is there with its scripts: without them, back is half done.

    A page that htmx fetches anew breaks off the navigation that Playwright would wait for.
    """
    page.evaluate("window.before = true; history.back()")
    page.wait_for_function("() => !window.before")
    page.wait_for_load_state()
