"""Offers are made, changed, listed and deleted."""

from typing import Any

import pytest

from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.letters import told
from tests.api.made import names
from tests.api.made_offers import OFFERS, PREMIUM, asked, offer, partner
from tests.api.made_wallet import rich
from tests.api.problem import assert_problem
from tests.callers import Caller


def place(made: dict[str, Any]) -> str:
    return f"{OFFERS}/{made['id']}"


def test_an_offer_is_made_and_shown(staff: Caller, anna: Caller) -> None:
    made = offer(staff)
    assert made | PREMIUM | {"is_active": True} == made
    shown = anna.get(place(made))
    assert (shown.json, shown.headers["ETag"]) == (made, '"v1"')


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": "0.00"},
        {"price": "1.001"},
        {"price": None},
        {"duration_days": 0},
        {"duration_days": 3661},
        {"duration_days": "30"},
        {"name": " "},
        {"name": "x" * 101},
        {"is_active": 1},
        {"color": "red"},
    ],
)
def test_what_makes_no_sense_is_refused(staff: Caller, wrong: dict[str, Any]) -> None:
    assert_problem(staff.post(OFFERS, json=PREMIUM | wrong), 422, "validation_failed")
    made = offer(staff)
    assert_problem(staff.patch(place(made), json=wrong), 422, "validation_failed")


def test_customers_see_what_is_sold(staff: Caller, anna: Caller) -> None:
    offer(staff)
    hidden = offer(staff, name="Old", is_active=False)
    assert names(anna.get(OFFERS)) == names(anna.get(f"{OFFERS}?is_active=false")) == ["Premium"]
    assert names(staff.get(OFFERS)) == ["Old", "Premium"]
    assert names(staff.get(f"{OFFERS}?is_active=false&q=OL")) == ["Old"]
    assert_problem(anna.get(place(hidden)), 404, "offer_not_found")
    assert staff.get(place(hidden)).status_code == 200


def test_nobody_sees_offers_without_signing_in(staff: Caller) -> None:
    offer(staff)
    assert_problem(staff.client.get(OFFERS), 401, "not_authenticated")


@pytest.mark.parametrize(
    ("ordering", "wanted"),
    [
        ("name", ["a", "B", "c"]),
        ("-name", ["c", "B", "a"]),
        ("cheapest", ["B", "c", "a"]),
        ("dearest", ["a", "c", "B"]),
        ("newest", ["c", "a", "B"]),
    ],
)
def test_a_list_is_read_in_each_order_page_by_page(staff: Caller, ordering: str, wanted: list[str]) -> None:
    for name, price in (("B", "1.00"), ("a", "3.00"), ("c", "2.00")):
        offer(staff, name=name, price=price)
    first = staff.get(f"{OFFERS}?ordering={ordering}&limit=2")
    rest = staff.get(f"{OFFERS}?ordering={ordering}&cursor={first.json['next_cursor']}")
    assert names(first) + names(rest) == wanted


def test_a_change_is_audited_and_a_stale_one_refused(staff: Caller, app: HoldfastApp) -> None:
    made = offer(staff)
    changed = staff.patch(place(made), json={"price": "7.90", "name": "Premium"}, headers={"If-Match": '"v1"'})
    assert (changed.json["price"], changed.headers["ETag"]) == ("7.90", '"v2"')
    assert_problem(staff.patch(place(made), json={"price": "1.00"}, headers={"If-Match": '"v1"'}), 412, "stale")
    assert staff.patch(place(made), json={"price": "7.9"}).headers["ETag"] == '"v2"'
    entries = told(app, "SELECT action, old, new FROM audit_log WHERE object_type = 'offer' ORDER BY id")
    assert [entry.action for entry in entries] == ["offer.created", "offer.updated"]
    assert (entries[1].old, entries[1].new) == ({"price": "9.90"}, {"price": "7.90"})


def test_what_was_activated_is_not_deleted(app: HoldfastApp, staff: Caller, anna: Caller) -> None:
    made, other = offer(staff), offer(staff)
    rich(staff, anna)
    with partner(app, "succeeded"):
        asked(anna, made["id"])
    used = {"activations": 1, "subscriptions": 1}
    assert_problem(staff.delete(place(made)), 409, "in_use", references=used)
    assert staff.delete(place(other)).status_code == 204
    assert_problem(staff.delete(place(other)), 404, "offer_not_found")


def test_only_operators_write(as_role: AsRole, staff: Caller) -> None:
    made = offer(staff)
    for role in ("customer", "viewer"):
        who = as_role(role)
        assert_problem(who.post(OFFERS, json=PREMIUM), 403, "not_permitted")
        assert_problem(who.patch(place(made), json={}), 403, "not_permitted")
        assert_problem(who.delete(place(made)), 403, "not_permitted")
