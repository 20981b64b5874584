"""Who opens the console, and how they sign in."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.stack import PASSWORD

OpenAs = Callable[..., Page]


def fill_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Send the login page's form."""
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_in(page: Page, username: str) -> None:
    """Come to the home page as this user."""
    page.goto("/console/login")
    fill_in(page, username)
    page.wait_for_url("**/console/")
