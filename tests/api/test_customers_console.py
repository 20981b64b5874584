"""Customers and segments in the console: what a form sends, what a file holds, and what others add to a page."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from app.core.panels import PANELS, Part
from app.core.roles import Role
from tests.api.browsing import csrf_token
from tests.api.conftest import AsRole
from tests.api.made import store
from tests.api.made_customers import ADA, BERLIN, at, customer, segment, whose
from tests.callers import Caller

CUSTOMERS, SEGMENTS = "/console/customers", "/console/segments"
NEW = {"type": "joined_within", "days": 30}


def sent(staff: Caller, path: str, form: dict[str, Any], *, htmx: bool = False) -> Any:
    """The answer to a form."""
    headers = {"HX-Request": "true"} if htmx else {}
    body = form | {"csrf_token": csrf_token(staff.client, "/console/settings/preferences")}
    return staff.client.post(path, data=body, headers=headers)


def exported(staff: Caller, query: str = "") -> list[dict[str, str]]:
    """The rows of the file."""
    answer = staff.client.get(f"{CUSTOMERS}/export.csv{query}")
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(StringIO(answer.text)))


def test_a_form_makes_and_changes_a_customer(staff: Caller) -> None:
    one, two = (segment(staff, name)["id"] for name in ("one", "two"))
    answer = sent(staff, CUSTOMERS, ADA | {"latitude": "52,52", "longitude": "13.405", "segment_ids": [one, two]})
    assert answer.status_code == 303, answer.text
    path = answer.headers["Location"].replace("/console", "/api/v1")
    made = staff.get(path).json
    assert made.items() >= (ADA | BERLIN | {"segment_ids": [one, two], "in_app_opt_in": False}).items()
    form = {"version": "1", "last_name": "King", "email_opt_in": "true", "segment_ids": [two]}
    assert sent(staff, answer.headers["Location"], form).status_code == 303
    gone = {"first_name": "", "last_name": "King", "latitude": None, "longitude": None}
    assert staff.get(path).json == made | gone | {"email_opt_in": True, "segment_ids": [two]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "ADA"}, "username"),
        ({"username": "bea", "email": "ADA@shop.example"}, "email"),
        ({"username": "bea", "latitude": "91", "longitude": "0"}, "latitude"),
        ({"username": "bea", "latitude": "1"}, "longitude"),
    ],
)
def test_what_is_refused_is_told_at_its_field(staff: Caller, change: dict[str, str], field: str) -> None:
    customer(staff)
    answer = sent(staff, CUSTOMERS, {"username": "bea", "email": "bea@shop.example"} | change, htmx=True)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)
    assert len(staff.get("/api/v1/customers").json["data"]) == 1


def test_a_file_holds_the_filtered_list_and_runs_nothing(staff: Caller) -> None:
    risky = customer(staff, username="bea", first_name="=1+1", segment_ids=[segment(staff)["id"]], **BERLIN)
    customer(staff)
    [row] = exported(staff, "?q=BEA")
    assert (row["id"], row["username"], row["first_name"]) == (str(risky["id"]), "bea", "'=1+1")
    assert (row["latitude"], row["segment_ids"], row["spend"]) == ("52.52", str(risky["segment_ids"][0]), "0.00")
    assert [each["username"] for each in exported(staff, "?ordering=oldest")] == ["bea", "ada"]


@pytest.mark.parametrize("query", ["?segment_id=x", "?segment_id=" + "9" * 30, "?ordering=x", "?is_active=x", "?q=%00"])
def test_a_filter_that_is_none_is_left_aside(staff: Caller, query: str) -> None:
    customer(staff)
    answer = staff.client.get(CUSTOMERS + query)
    assert (answer.status_code, "1 customer" in answer.text) == (200, True)


def test_a_cursor_of_another_list_is_refused(staff: Caller) -> None:
    assert staff.client.get(f"{CUSTOMERS}?cursor=x").status_code == 400


@pytest.fixture
def part() -> Iterator[Part]:
    """What another domain hangs up beside a customer."""
    PANELS.parts_of_customer["made"] = made = Part("Wishes", lambda row: f"/console/wishes?of={row.id}")
    yield made
    del PANELS.parts_of_customer["made"]


def test_other_domains_add_to_the_page_of_a_customer(staff: Caller, part: Part) -> None:
    made = customer(staff)
    page = staff.client.get(f"{CUSTOMERS}/{made['id']}").text
    assert f'hx-get="/console/wishes?of={made["id"]}"' in page


def test_the_page_tells_both_kinds_of_segments(staff: Caller) -> None:
    by_hand = segment(staff, "Regulars")
    segment(staff, "Newcomers", NEW)
    segment(staff, "Somebody else")
    made = customer(staff, segment_ids=[by_hand["id"]])
    page = staff.client.get(f"{CUSTOMERS}/{made['id']}").text
    assert [name in page for name in ("Regulars", "Newcomers", "Somebody else")] == [True, True, False]


def test_rules_are_read_from_the_rows_of_a_form(staff: Caller) -> None:
    shop = store(staff)
    rows = {"rule-0-type": "near_store", "rule-0-store_id": str(shop["id"]), "rule-0-km": "2,5"}
    rows |= {"rule-1-type": "spent", "rule-1-at_least": "9,5", "rule-2-type": "nonsense"}
    answer = sent(staff, SEGMENTS, {"name": "Near", "match": "any", "kind": "rules"} | rows)
    assert answer.status_code == 303, answer.text
    made = staff.get(answer.headers["Location"].replace("/console", "/api/v1")).json
    near = {"type": "near_store", "store_id": shop["id"], "km": 2.5}
    assert made["rules"] == {"match": "any", "rules": [near, {"type": "spent", "at_least": "9.50"}]}


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "rules"),
        ({"name": ""}, "name"),
        ({"rule-0-type": "joined_within", "rule-0-days": "0"}, "rule-0-days"),
        ({"rule-0-type": "near_store", "rule-0-store_id": "2000000000", "rule-0-km": "1"}, "rules"),
    ],
)
def test_a_segment_that_cannot_be_is_told_at_its_field(staff: Caller, form: dict[str, str], field: str) -> None:
    answer = sent(staff, SEGMENTS, {"name": "Near", "match": "all", "kind": "rules"} | form)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)
    assert staff.get("/api/v1/segments").json["data"] == []


def test_a_draft_gains_and_loses_rules_and_saves_nothing(staff: Caller) -> None:
    form = {"name": "Near", "kind": "rules", "rule-0-type": "spent", "rule-0-at_least": "5"}
    more = sent(staff, f"{SEGMENTS}/draft", form | {"act": "add", "new_type": "joined_within"}, htmx=True).text
    assert ('name="rule-0-at_least"' in more, 'name="rule-1-days"' in more) == (True, True)
    less = sent(staff, f"{SEGMENTS}/draft", form | {"act": "remove-0"}, htmx=True).text
    assert "rule-0-at_least" not in less
    for act in ("remove-7", "remove-x", "add", "", "remove--1"):
        assert 'name="rule-0-at_least"' in sent(staff, f"{SEGMENTS}/draft", form | {"act": act}, htmx=True).text
    assert staff.get("/api/v1/segments").json["data"] == []


def test_a_draft_has_twenty_rules_at_most(staff: Caller) -> None:
    form = {f"rule-{number}-type": "spent" for number in range(20)} | {
        "kind": "rules",
        "act": "add",
        "new_type": "spent",
    }
    page = sent(staff, f"{SEGMENTS}/draft", form, htmx=True).text
    assert ("rule-19-type" in page, "rule-20-type" in page, "Add rule" in page) == (True, False, False)


def test_a_preview_counts_what_the_form_says(staff: Caller, as_role: AsRole) -> None:
    customer(staff)
    form = {"rule-0-type": "joined_within", "rule-0-days": "30"}
    for caller in (staff, as_role(Role.VIEWER)):
        assert "<strong>1</strong> customer now" in sent(caller, f"{SEGMENTS}/preview", form).text
    for wrong in ({}, {"rule-0-days": "x"}, {"rule-0-type": "near_store", "rule-0-store_id": "9", "rule-0-km": "1"}):
        answer = sent(staff, f"{SEGMENTS}/preview", (form | wrong) if wrong else {})
        assert "Complete the rules" in answer.text


def test_a_size_is_that_of_the_moment(staff: Caller) -> None:
    made = segment(staff, "Newcomers", NEW)
    customer(staff)
    assert staff.client.get(at(made, "/size").replace("/api/v1", "/console")).text.strip() == "1"


def test_deleting_asks_for_the_api_and_the_console_alike(staff: Caller) -> None:
    made = customer(staff)
    answer = sent(staff, f"{CUSTOMERS}/{made['id']}/anonymise", {}, htmx=True)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"{CUSTOMERS}/{made['id']}")
    assert staff.get(whose(made)).json["username"] == f"deleted-{made['id']}"
    assert "Edit" not in staff.client.get(f"{CUSTOMERS}/{made['id']}").text.partition("<main")[2]
