"""Going through a page without a mouse."""

from playwright.sync_api import Page


def tab_to(page: Page, label: str) -> None:
    """Press Tab until the thing with this label has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        said = page.evaluate("(e => (e.labels?.[0]?.innerText ?? e.innerText ?? '').trim())(document.activeElement)")
        if said.startswith(label):
            return
    raise AssertionError(f"Tab never came to {label}")
