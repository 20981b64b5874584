"""A pin that is dragged, moved by keys, and in step with two fields."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.stack import Stack
from tests.browser.visitors import OpenAs
from tests.browser.watch import barriers, overflow


def drawn(page: Page) -> Locator:
    """The map of a form."""
    return page.locator("[data-place]")


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
    expect(drawn(page)).to_have_attribute("data-latitude", str(north))
    expect(page.locator("#place-pin")).to_be_focused()
    page.keyboard.press("ArrowUp")
    higher = place(page)[0]
    assert higher > north
    expect(drawn(page)).to_have_attribute("data-latitude", str(higher))
    page.get_by_label("Latitude").fill("48,85")
    expect(page.locator("#place-pin")).to_have_attribute("aria-valuetext", re.compile("^48.85000, 13."))
    expect(drawn(page)).to_have_attribute("data-latitude", "48.85")


def test_a_map_is_drawn_wider_and_closer(page: Page, stack: Stack, name: str) -> None:
    store, near = (stack.make_store(f"{name} {at}", latitude=-52.52, longitude=at) for at in (179.999, -179.999))
    page.goto(f"/console/stores/{store['id']}/edit")
    expect(drawn(page).locator(".map-spot", has_text=near["name"])).to_have_count(1)
    scale = drawn(page).get_attribute("data-km-per-unit") or ""
    page.get_by_role("button", name="Wider").click()
    expect(drawn(page)).not_to_have_attribute("data-km-per-unit", scale)
    assert float(drawn(page).get_attribute("data-km-per-unit") or 0) > float(scale)
    assert place(page) == (-52.52, 179.999)
    page.get_by_role("button", name="Closer").click()
    expect(drawn(page)).to_have_attribute("data-km-per-unit", scale)


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_maps_have_no_barriers(open_as: OpenAs, stack: Stack, name: str, theme: str, phone: bool) -> None:
    made = [stack.make_store(f"{name} {number}", latitude=number % 3 * 9, longitude=number // 3) for number in range(6)]
    page = open_as("operator", phone=phone, theme=theme)
    for path in (f"?q={name.replace(' ', '+')}", f"/{made[0]['id']}", f"/{made[0]['id']}/edit"):
        page.goto(f"/console/stores{path}")
        assert barriers(page) == []
        assert overflow(page) == 0
