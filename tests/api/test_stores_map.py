"""The map of a list of stores and of the form: what is drawn, and which stores an area holds."""

import re
from html import unescape
from typing import Any

import pytest

from tests.api.made import store
from tests.callers import Caller

PAGE = "/console/stores"
CIRCLE = re.compile(r'class="stores-mark"\s+href="([^"]+)"\s+aria-label="(\d+) stores')
PIN = re.compile(r'class="stores-mark[^"]*"\s+href="/console/stores/(\d+)"')
ROW = re.compile(r'class="row-link"\s+href="/console/stores/\d+">([^<]+)<')


@pytest.mark.parametrize("count", [3, 400])
def test_pins_and_circles_stand_for_all_and_a_circle_opens_its_own(staff: Caller, sql: Any, count: int) -> None:
    sql.execute(
        "INSERT INTO stores (name, latitude, longitude, timezone)"
        " SELECT 'Far ' || n, (n * 37) %% 160 - 80, (n * 73) %% 340 - 170, 'UTC' FROM generate_series(1, %s) AS n",
        [count],
    )
    text = staff.client.get(PAGE).text
    circles = CIRCLE.findall(text)
    assert len(PIN.findall(text)) + sum(int(stores) for _, stores in circles) == count
    for href, stores in circles[:1]:
        assert len(ROW.findall(staff.client.get(unescape(href)).text)) == int(stores)


@pytest.mark.parametrize("area", ["x", "1,2,3", "nan,0,1,1", "1,0,0,1", "0,0,1,1", "52,13,53,14"])
def test_an_area_holds_what_lies_within_and_any_other_text_is_none(staff: Caller, area: str) -> None:
    store(staff)
    answer = staff.client.get(PAGE, query_string={"area": area})
    assert (answer.status_code, len(ROW.findall(answer.text))) == (200, 0 if area == "0,0,1,1" else 1)


@pytest.mark.parametrize("latitude", ["", "91", "nan", "1e999", "12,5"])
def test_the_map_of_the_form_follows_its_fields(staff: Caller, latitude: str) -> None:
    made = store(staff)
    assert staff.client.get(f"{PAGE}/{made['id']}").status_code == 200
    answer = staff.client.get(f"{PAGE}/place", query_string={"latitude": latitude, "longitude": "1", "map_km": "7"})
    assert (answer.status_code, "place-pin-unset" in answer.text) == (200, latitude != "12,5")


def test_the_nearest_of_a_hundred_stores_stand_beside_a_store(staff: Caller, sql: Any) -> None:
    sql.execute(
        "INSERT INTO stores (name, latitude, longitude, timezone)"
        " SELECT 'Near ' || n, 52.6 - n * 0.0001, 13.4, 'UTC' FROM generate_series(1, 100) AS n"
    )
    text = staff.client.get(f"{PAGE}/{store(staff, latitude=52.5899, longitude=13.4)['id']}").text
    listed = text.split('aria-label="Stores near"')[1].split("</ul>")[0]
    assert set(re.findall(r">(Near \d+)<", listed)) == {"Near 99", "Near 100", "Near 98", "Near 97", "Near 96"}
