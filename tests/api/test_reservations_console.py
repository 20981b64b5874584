"""Reservations in the console: those of the filter, released one by one or many at once."""

import re
from typing import Any

import pytest

from tests.api.browsing import exported, flashed, sent
from tests.api.conftest import AsRole
from tests.api.made import RESERVATIONS, held, shelf, stock
from tests.callers import Caller

HOLDS = "/console/reservations"


@pytest.fixture
def four(staff: Caller) -> dict[str, int]:
    """Four products of two stores; one is off sale, two are low."""
    return shelf(staff)


@pytest.fixture
def three(staff: Caller, as_role: AsRole, four: dict[str, int], sql: Any) -> list[str]:
    """Three reservations: one live, one lapsed, one released; then a live one of another customer."""
    anna, bert = as_role("customer", "anna"), as_role("customer", "bert")
    made = [held(anna, four["Corn"], 2).json["id"] for _ in range(3)] + [held(bert, four["Apple"]).json["id"]]
    sql.execute("UPDATE stock_holds SET expires_at = clock_timestamp() - interval '1 ms' WHERE id = %s", [made[1]])
    anna.delete(f"{RESERVATIONS}/{made[2]}")
    return made


@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("", [3, 2, 1, 0]),
        ("ordering=oldest", [0, 1, 2, 3]),
        ("status=held", [3, 0]),
        ("status=expired", [1]),
        ("status=released", [2]),
        ("sku=sku-apple", [3]),
        ("customer=ANNA&status=held", [0]),
        ("customer=bert@example.test", [3]),
        ("customer=nobody", []),
        ("status=x&ordering=x", [3, 2, 1, 0]),
    ],
)
def test_reservations_and_their_export_are_those_of_the_filter(
    staff: Caller, three: list[str], query: str, which: list[int]
) -> None:
    rows = exported(staff.client, f"{HOLDS}/export.csv?{query}")
    assert [row["id"] for row in rows] == [three[number] for number in which]
    text = staff.client.get(f"{HOLDS}?{query}").text
    assert len(re.findall(r"data-expires-at", text)) == sum(row["status"] == "held" for row in rows)
    assert len(re.findall(r'class="row-link"', text)) == len(which)


def test_one_reservation_is_released_and_an_ended_one_says_so(staff: Caller, three: list[str]) -> None:
    assert sent(staff.client, f"{HOLDS}/{three[0]}/release?status=held").headers["Location"] == (
        f"{HOLDS}?status=held&ordering=newest"
    )
    assert staff.get(f"{RESERVATIONS}/{three[0]}").json["status"] == "released"
    answer = sent(staff.client, f"{HOLDS}/{three[1]}/release")
    assert (answer.status_code, "The reservation is expired." in answer.text) == (409, True)


def test_the_ticked_reservations_are_released_and_the_others_counted(
    staff: Caller, three: list[str], four: dict[str, int], sql: Any
) -> None:
    assert sent(staff.client, f"{HOLDS}/release", row=three[:3]).status_code == 303
    assert flashed(staff.client, HOLDS) == "1 done, 2 skipped: 1 expired already, 1 released already."
    assert stock(staff, four["Apple"]) == (5, 4, 1)
    assert stock(staff, four["Corn"]) == (50, 48, 2)
    sql.execute("SELECT actor_name, source FROM audit_log WHERE object_id = %s ORDER BY id", [three[0]])
    assert sql.fetchall() == [("anna", "api"), ("operator", "console")]
    moved = "SELECT kind, available_delta, reserved_delta FROM stock_movements WHERE cause = %s ORDER BY id"
    sql.execute(moved, ["hold:" + three[0]])
    assert sql.fetchall() == [("held", -2, 2), ("released", 2, -2)]


def test_all_live_reservations_of_a_filter_are_released(staff: Caller, three: list[str], four: dict[str, int]) -> None:
    sent(staff.client, f"{HOLDS}/release?customer=bert", all="true")
    assert [staff.get(f"{RESERVATIONS}/{three[n]}").json["status"] for n in (0, 3)] == ["held", "released"]
    sent(staff.client, f"{HOLDS}/release?customer=bert", row=three[0])
    assert staff.get(f"{RESERVATIONS}/{three[0]}").json["status"] == "held"
    sent(staff.client, f"{HOLDS}/release", all="true")
    assert flashed(staff.client, HOLDS) == "1 done."
    assert (stock(staff, four["Apple"]), stock(staff, four["Corn"])) == ((5, 5, 0), (50, 48, 2))
