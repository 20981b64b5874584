"""A pin that is dragged, moved by keys, and in step with two fields."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow


def place(page: Page) -> tuple[float, float]:
    """What the two fields say."""
    latitude, longitude = (float(page.get_by_label(name).input_value()) for name in ("Latitude", "Longitude"))
    return latitude, longitude


def test_a_pin_is_dragged_moved_by_keys_and_follows_the_fields(page: Page, stack: Stack, name: str) -> None:
    store = stack.make_store(name, latitude=52.52, longitude=13.405)
    page.goto(f"/console/stores/{store['id']}/edit")
    box = page.locator("#place-pin .map-store").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 40, steps=4)
    page.mouse.up()
    north, east = place(page)
    assert (north > 52.52, east > 13.405) == (True, True)
    page.locator("#place-pin").focus()
    page.keyboard.press("ArrowUp")
    assert place(page)[0] > north
    page.get_by_label("Latitude").fill("48,85")
    expect(page.locator("#place-pin")).to_have_attribute("aria-valuetext", re.compile("^48.85000, 13."))


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_maps_have_no_barriers(open_as: OpenAs, stack: Stack, name: str, theme: str, phone: bool) -> None:
    made = [stack.make_store(f"{name} {number}", latitude=number % 3 * 9, longitude=number // 3) for number in range(6)]
    page = open_as("operator", phone=phone, theme=theme)
    for path in (f"?q={name.replace(' ', '+')}", f"/{made[0]['id']}", f"/{made[0]['id']}/edit"):
        page.goto(f"/console/stores{path}")
        assert barriers(page) == []
        assert overflow(page) == 0
