"""The home page shows what is on sale now and next, and leads to the room of a sale where there is one."""

import re
from typing import Any

import pytest

from app.core.panels import PANELS, Part
from app.core.roles import Role
from tests.api.conftest import AsRole
from tests.api.made_promos import after, promo
from tests.callers import Caller

SALE = re.compile(r'class="sale-name">\s*<a href="/console/promos/(\d+)">')


STEP = re.compile(r'<div class="grow">\s*(?:<a href="([^"]+)">|<span class="muted">)([^<]+)<')


def on_sale(caller: Caller) -> list[int]:
    """The promos of the home page, in their order."""
    return [int(found) for found in SALE.findall(caller.client.get("/console/").text)]


@pytest.fixture
def four(staff: Caller, sql: Any) -> dict[str, int]:
    """One that comes next, one that runs, one that is over, and a draft."""
    times = {"next": (3600, 7200), "running": (-1, 3600), "over": (-1, 3600)}
    made = {name: promo(staff, starts_at=after(at), ends_at=after(to))["id"] for name, (at, to) in times.items()}
    sql.execute(
        "UPDATE promos SET starts_at = starts_at - interval '9 hours', ends_at = ends_at - interval '9 hours'"
        " WHERE id = %s", [made["over"]],
    )  # fmt: skip
    return made | {"draft": promo(staff, is_active=False)["id"]}


def test_what_runs_stands_first_then_what_comes_next_and_nothing_else(four: dict[str, int], as_role: AsRole) -> None:
    assert on_sale(as_role(Role.VIEWER, "ben")) == [four["running"], four["next"]]


def test_a_sale_leads_to_its_room_where_there_is_one(
    four: dict[str, int], staff: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Watch it" not in staff.client.get("/console/").text
    monkeypatch.setitem(PANELS.rooms, "test", Part("Watch it", lambda row: f"/console/live/{row.id}"))
    assert f'href="/console/live/{four["running"]}"' in staff.client.get("/console/").text


def test_without_any_sale_nothing_is_said_of_them(staff: Caller) -> None:
    assert "On sale now and next" not in staff.client.get("/console/").text


def test_a_new_shop_is_led_from_step_to_step(staff: Caller) -> None:
    assert STEP.findall(staff.client.get("/console/").text) == [
        ("/console/stores", "Create a store"),
        ("/console/products", "Add a product"),
        ("/console/segments", "Group customers in a segment"),
        ("/console/promos", "Plan a promo"),
        ("/console/emails", "Send a test mail to yourself"),
    ]
    promo(staff)
    left = [label for url, label in STEP.findall(staff.client.get("/console/").text) if url]
    assert left == ["Group customers in a segment", "Send a test mail to yourself"]
