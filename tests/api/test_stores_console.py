"""Many stores in the console: switched at once, and what was left as it is."""

from typing import Any

import pytest

from tests.api.browsing import csrf_token
from tests.api.conftest import AsRole
from tests.api.console_orders import flashed, sent
from tests.api.made import STORES, product, store
from tests.callers import Caller

PAGE = "/console/stores"


@pytest.fixture
def four(staff: Caller) -> dict[str, int]:
    """Four stores, one of them inactive."""
    return {
        name: store(staff, name=name, is_active=name != "Delta")["id"] for name in ("Alpha", "Beta", "Delta", "Gamma")
    }


def active(staff: Caller) -> list[str]:
    """The stores that customers see."""
    return [row["name"] for row in staff.get(f"{STORES}?is_active=true").json["data"]]


def test_all_that_match_are_switched_and_the_others_counted(staff: Caller, four: dict[str, int], sql: Any) -> None:
    answer = sent(staff.client, f"{PAGE}/bulk?q=l", all="true", do="deactivate")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?q=l&ordering=name")
    assert flashed(staff.client, PAGE) == "1 done, 1 skipped: 1 inactive already."
    assert active(staff) == ["Beta", "Gamma"]
    sql.execute("SELECT object_id, old, new, source FROM audit_log WHERE action = 'store.updated'")
    assert sql.fetchall() == [(str(four["Alpha"]), {"is_active": True}, {"is_active": False}, "console")]


def test_only_ticked_stores_are_switched(staff: Caller, four: dict[str, int]) -> None:
    sent(staff.client, f"{PAGE}/bulk", row=[four["Beta"], four["Delta"], 999_999], do="activate")
    assert flashed(staff.client, PAGE) == "1 done, 2 skipped: 1 active already, 1 gone."
    assert active(staff) == ["Alpha", "Beta", "Delta", "Gamma"]


def test_all_that_match_are_more_than_a_page(staff: Caller, four: dict[str, int], sql: Any) -> None:
    sql.execute(
        "INSERT INTO stores (name, latitude, longitude, timezone) SELECT 'Bulk ' || n, 1, 1, 'UTC'"
        " FROM generate_series(1, 60) AS n"
    )
    assert "All 60 stores" in staff.client.get(f"{PAGE}?q=bulk").text
    sent(staff.client, f"{PAGE}/bulk?q=bulk", all="true", do="deactivate")
    assert flashed(staff.client, PAGE) == "60 done."
    assert active(staff) == ["Alpha", "Beta", "Gamma"]


def test_what_a_hidden_store_sells_leaves_the_lists_at_once(staff: Caller, anna: Caller) -> None:
    made = product(staff, name="Kettle", sku="KET-1")
    assert [row["name"] for row in anna.get("/api/v1/products").json["data"]] == ["Kettle"]
    sent(staff.client, f"{PAGE}/bulk", row=[made["store_id"]], do="deactivate")
    assert anna.get("/api/v1/products").json["data"] == []


@pytest.mark.parametrize("form", [{}, {"row": "x"}, {"all": "true", "do": "burn"}, {"all": "no"}])
def test_nothing_chosen_changes_nothing(staff: Caller, four: dict[str, int], form: dict[str, str]) -> None:
    assert sent(staff.client, f"{PAGE}/bulk", **{"do": "deactivate", **form}).status_code == 409
    assert active(staff) == ["Alpha", "Beta", "Gamma"]


def test_a_viewer_ticks_nothing(as_role: AsRole, four: dict[str, int]) -> None:
    viewer = as_role("viewer").client
    assert 'name="row"' not in viewer.get(PAGE).text
    token = csrf_token(viewer, "/console/")
    assert viewer.post(f"{PAGE}/bulk", data={"csrf_token": token, "all": "true", "do": "deactivate"}).status_code == 403
