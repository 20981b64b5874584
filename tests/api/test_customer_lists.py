"""Customers are found by how a name begins, by segment and by state."""

from typing import Any

import pytest

from tests.api.conftest import AsRole
from tests.api.made_customers import CUSTOMERS, customer, ids, segment, whose
from tests.api.problem import assert_problem
from tests.callers import Caller

PEOPLE = (
    {"username": "anna", "first_name": "Anna", "last_name": "Zorn"},
    {"username": "bert", "first_name": "Bert", "last_name": "Ännchen"},
    {"username": "c_100%", "first_name": "Carla", "last_name": "Anders", "email": "zebra@shop.example"},
)


@pytest.fixture
def three(staff: Caller) -> list[int]:
    """The ids of three customers."""
    return [customer(staff, **person)["id"] for person in PEOPLE]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [2, 1, 0]),
        ("?ordering=oldest", [0, 1, 2]),
        ("?q=AN", [2, 0]),
        ("?q=än", [1]),
        ("?q=z", [2, 0]),
        ("?q=orn", []),
        ("?q=c_", [2]),
        ("?q=c%25", []),
        ("?q=%20bert%20", [1]),
        ("?q=bert@", [1]),
    ],
)
def test_a_search_finds_how_names_and_addresses_begin(
    staff: Caller, three: list[int], query: str, found: list[int]
) -> None:
    assert ids(staff.get(CUSTOMERS + query)) == [three[place] for place in found]


@pytest.mark.parametrize("ordering", ["newest", "oldest"])
def test_pages_show_everybody_once(staff: Caller, three: list[int], ordering: str) -> None:
    path, seen = f"{CUSTOMERS}?ordering={ordering}&limit=1", list[int]()
    while path:
        page = staff.get(path)
        seen += ids(page)
        link = page.headers.get("Link", "")
        path = link[1 : link.index(">")] if link else ""
    assert sorted(seen) == three


def test_a_cursor_is_bound_to_its_ordering(staff: Caller, three: list[int]) -> None:
    cursor = staff.get(f"{CUSTOMERS}?limit=1").json["next_cursor"]
    assert_problem(staff.get(f"{CUSTOMERS}?ordering=oldest&cursor={cursor}"), 400, "bad_cursor")


def test_the_state_follows_the_users(staff: Caller, three: list[int], as_role: AsRole) -> None:
    as_role("admin").patch(f"/api/v1/users/{three[0]}", json={"is_active": False})
    assert ids(staff.get(f"{CUSTOMERS}?is_active=false")) == [three[0]]
    assert ids(staff.get(f"{CUSTOMERS}?is_active=true")) == [three[2], three[1]]


@pytest.mark.parametrize("by_rule", [True, False], ids=["by rule", "by hand"])
def test_a_segment_lists_its_active_customers(staff: Caller, three: list[int], as_role: AsRole, by_rule: bool) -> None:
    made = segment(staff, "New", {"type": "joined_within", "days": 1}) if by_rule else segment(staff)
    if not by_rule:
        staff.post(f"/api/v1/segments/{made['id']}/members", json={"customer_ids": three})
    as_role("admin").patch(f"/api/v1/users/{three[1]}", json={"is_active": False})
    assert ids(staff.get(f"{CUSTOMERS}?segment_id={made['id']}")) == [three[2], three[0]]
    assert ids(staff.get(f"{CUSTOMERS}?segment_id={made['id']}&q=anna")) == [three[0]]
    assert ids(staff.get(f"{CUSTOMERS}?segment_id={made['id'] + 1}")) == []


def test_a_customer_shows_the_rules_that_match_now(staff: Caller, three: list[int], sql: Any) -> None:
    here = segment(staff, "New", {"type": "joined_within", "days": 1})
    segment(staff, "Rich", {"type": "spent", "at_least": "100.00"})
    path = whose({"id": three[0]})
    assert staff.get(path).json["matching_segment_ids"] == [here["id"]]
    sql.execute("UPDATE customers SET joined_at = joined_at - interval '1 day', spend = 100")
    assert staff.get(path).json["matching_segment_ids"] == [here["id"] + 1]
