"""What an operator changes in the sale room holds for what the page had shown, and nothing else moves."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from app.console.queries import room as queries
from app.core.web import HoldfastApp
from tests.api.browsing import sent
from tests.api.in_the_room import HTMX, at, fresh
from tests.api.made_promos import PROMOS, breaches, complete, hold, promo, state
from tests.callers import Caller


@pytest.fixture(autouse=True)
def books(app: HoldfastApp, clean: None) -> Iterator[None]:
    """Nothing is remembered from another test, and the books are right afterwards."""
    queries.forget()
    yield
    assert breaches(app) == []


@pytest.fixture
def sale(staff: Caller) -> dict[str, Any]:
    return promo(staff, quantity=6, per_customer_limit=5)


def test_nothing_is_held_after_a_pause_and_a_second_pause_says_since_when(
    sale: dict[str, Any], staff: Caller, anna: Caller, bert: Caller
) -> None:
    hold(anna, sale["id"])
    done = sent(staff.client, at(sale, "/pause"), headers=HTMX)
    assert (done.status_code, done.headers["HX-Trigger"]) == (200, "zoneschanged")
    assert hold(bert, sale["id"]).json["code"] == "promo_not_running"
    again = sent(staff.client, at(sale, "/pause"), headers=HTMX)
    assert again.status_code == 409
    since = re.search(r"since (\d\d:\d\d:\d\d) Europe/Berlin", again.text)
    assert since
    assert f"Paused since <strong>{since[1]}</strong>" in fresh(staff, sale)["head"]
    assert sent(staff.client, at(sale, "/resume")).status_code == 303
    assert hold(bert, sale["id"]).status_code == 201


def test_the_end_moves_by_minutes_from_the_end_that_was_seen(sale: dict[str, Any], staff: Caller) -> None:
    form = {"minutes": "15", "ends_at": sale["ends_at"]}
    assert sent(staff.client, at(sale, "/extend"), **form, headers=HTMX).status_code == 200
    later = staff.get(f"{PROMOS}/{sale['id']}").json["ends_at"]
    assert later > sale["ends_at"]
    stale = sent(staff.client, at(sale, "/extend"), **form, headers=HTMX)
    assert stale.status_code == 409
    assert len(re.findall(r"\d\d:\d\d:\d\d", stale.text)) == 2
    assert staff.get(f"{PROMOS}/{sale['id']}").json["ends_at"] == later


def test_units_are_added_to_what_was_seen_and_never_taken_from_under_a_hold(
    sale: dict[str, Any], staff: Caller, anna: Caller
) -> None:
    form = {"units": "4", "way": "add", "quantity": "6"}
    assert sent(staff.client, at(sale, "/units"), **form, headers=HTMX).status_code == 200
    stale = sent(staff.client, at(sale, "/units"), **form, headers=HTMX)
    assert stale.status_code == 409
    assert "you saw 6, it is 10 now" in stale.text
    complete(anna, hold(anna, sale["id"]))
    hold(anna, sale["id"])
    for many in ("9", "10", "11"):
        taken = sent(staff.client, at(sale, "/units"), units=many, way="take", quantity="10", headers=HTMX)
        assert (taken.status_code, "units are held and" in taken.text) == (409, True)
    assert state(staff, sale["id"]) == ("running", 1, 1, 8)


@pytest.mark.parametrize(
    ("verb", "form"),
    [
        ("/extend", {"minutes": "7", "ends_at": "2026-01-01T00:00:00Z"}),
        ("/extend", {"minutes": "5", "ends_at": "yesterday"}),
        ("/extend", {"minutes": "5", "ends_at": "2026-01-01T00:00:00"}),
        ("/units", {"units": "-1", "way": "add", "quantity": "6"}),
        ("/units", {"units": "1", "way": "add"}),
        ("/units", {"units": "1", "way": "sideways", "quantity": "6"}),
        ("/release", {"hold": "mine"}),
    ],
)
def test_what_cannot_be_understood_changes_nothing(
    sale: dict[str, Any], staff: Caller, verb: str, form: dict[str, str]
) -> None:
    was = staff.get(f"{PROMOS}/{sale['id']}").headers["ETag"]
    assert sent(staff.client, at(sale, verb), **form).status_code == 400
    assert staff.get(f"{PROMOS}/{sale['id']}").headers["ETag"] == was


def test_a_hold_is_released_in_the_room_of_its_promo_alone(sale: dict[str, Any], staff: Caller, anna: Caller) -> None:
    other = promo(staff)
    held = hold(anna, sale["id"]).json["id"]
    assert sent(staff.client, at(other, "/release"), hold=held).status_code == 404
    assert sent(staff.client, at(sale, "/release"), hold=str(uuid4())).status_code == 404
    assert state(staff, sale["id"])[1] == 1
    assert sent(staff.client, at(sale, "/release"), hold=held).status_code == 303
    assert state(staff, sale["id"])[1] == 0


def test_the_end_wants_the_name_and_takes_the_actions_away(sale: dict[str, Any], staff: Caller) -> None:
    name = staff.get(f"{PROMOS}/{sale['id']}").json["product_name"]
    for typed in ("", name[:-1]):
        refused = sent(staff.client, at(sale, "/end"), name=typed, headers=HTMX)
        assert (refused.status_code, state(staff, sale["id"])[0]) == (409, "running")
    assert sent(staff.client, at(sale, "/end"), name=name, headers=HTMX).status_code == 200
    assert 'data-status="ended"' in fresh(staff, sale)["head"]
    assert "Somebody ended it early." in fresh(staff, sale)["head"]


def test_what_is_done_in_the_room_is_in_the_audit_log(sale: dict[str, Any], staff: Caller) -> None:
    sent(staff.client, at(sale, "/pause"))
    sent(staff.client, at(sale, "/units"), units="1", way="add", quantity="6")
    entries = staff.get(f"/api/v1/audit-log?object_type=promo&object_id={sale['id']}").json["data"]
    assert [entry["action"] for entry in entries[:2]] == ["promo.updated", "promo.paused"]
    assert {entry["source"] for entry in entries[:2]} == {"console"}
