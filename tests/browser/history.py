"""The browser's Back button."""

from playwright.sync_api import Page


def go_back(page: Page) -> None:
    """Press it, and go on: a page that htmx fetches anew breaks off the navigation that somebody would wait for."""
    page.evaluate("history.back()")
