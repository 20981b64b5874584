"""`/audit-log` as a viewer reads it: newest first, by every filter, in pages that stand still."""

from typing import Any

import pytest

from tests.api.conftest import AsRole
from tests.api.entries import FACTS, entry, ids
from tests.api.made import place, store
from tests.api.problem import assert_problem
from tests.callers import Caller

LOG = "/api/v1/audit-log"
# Entries that differ from the usual one in one fact each.
UNUSUAL: dict[str, dict[str, Any]] = {
    "somebody else": {"actor_id": 8, "actor_name": "Bob"},
    "nobody": {"actor_id": None, "actor_name": "system", "actor_role": None},
    "another verb": {"action": "store.deleted"},
    "another kind": {"action": "stores.imported"},
    "of three parts": {"action": "store.clock.set"},
    "another object": {"object_id": "6"},
    "another type": {"object_type": "order"},
    "a job": {"source": "job"},
    "another request": {"request_id": "r-2"},
    "early": {"at": "2030-01-09T23:59:59.999999Z"},
    "late": {"at": "2030-01-11T00:00:00Z"},
}
USUAL = {"usual"}
EVERYTHING = USUAL | UNUSUAL.keys()
FOUND = {
    "": EVERYTHING,
    "actor_id=8": {"somebody else"},
    "actor_id=7": EVERYTHING - {"somebody else", "nobody"},
    "actor_id=9": set(),
    "actor_id=-1": set(),
    "actor=bOB": {"somebody else"},
    "actor=Bo": set(),
    "actor=%25": set(),
    "actor=system": {"nobody"},
    "action=store.deleted": {"another verb"},
    "action=store.": EVERYTHING - {"another kind"},
    "action=stores.": {"another kind"},
    "action=store.clock.": {"of three parts"},
    "action=store": set(),
    "action=STORE.": set(),
    "action=_tore.": set(),
    "action=.": set(),
    "object_id=6": {"another object"},
    "object_type=order": {"another type"},
    "object_type=store&object_id=6": {"another object"},
    "object_type=order&object_id=6": set(),
    "source=job": {"a job"},
    "source=cli": set(),
    "request_id=r-2": {"another request"},
    "request_id=R-2": set(),
    "since=2030-01-11T00:00:00Z": {"late"},
    "since=2030-01-11T01:00:00%2B01:00": {"late"},
    "since=2030-01-11T00:00:00.000001Z": set(),
    "until=2030-01-10T00:00:00Z": {"early"},
    "until=2030-01-09T23:59:59.999999Z": set(),
    "since=2030-01-09T23:59:59.999999Z&until=2030-01-11T00:00:00Z": EVERYTHING - {"late"},
    "since=2030-01-11T00:00:00Z&until=2030-01-09T00:00:00Z": set(),
    "source=api&actor=ada&action=store.&object_type=store&object_id=5&request_id=r-1&actor_id=7"
    "&since=2030-01-10T00:00:00Z&until=2030-01-11T00:00:00Z": {"usual", "another verb", "of three parts"},
}


@pytest.fixture
def viewer(as_role: AsRole) -> Caller:
    """Somebody who reads."""
    return as_role("viewer")


@pytest.fixture
def told(viewer: Caller, sql: Any) -> dict[int, str]:
    """The usual entry and the others, by id."""
    return {entry(sql): "usual"} | {entry(sql, **facts): name for name, facts in UNUSUAL.items()}


@pytest.mark.parametrize("query", FOUND)
def test_filters_leave_exactly_the_entries_for_which_all_hold(viewer: Caller, told: dict[int, str], query: str) -> None:
    rows = viewer.get(f"{LOG}?limit=100&{query}").json["data"]
    assert {told[row["id"]] for row in rows} == FOUND[query]
    assert len(rows) == len(FOUND[query])


def test_an_entry_says_who_did_what_to_which_object_from_where(viewer: Caller, sql: Any) -> None:
    made = entry(sql)
    expected = FACTS | {"id": made, "at": "2030-01-10T12:00:00.000Z"}
    assert viewer.get(LOG).json == {"data": [expected], "next_cursor": None}
    assert viewer.get(f"{LOG}/{made}").json == expected
    narrow = {"id": made, "new": {"name": "Bremen"}}
    assert viewer.get(f"{LOG}?fields=new,id").json["data"] == [narrow]
    assert viewer.get(f"{LOG}/{made}?fields=id,new").json == narrow


def test_what_is_done_can_be_read_at_once(staff: Caller, viewer: Caller) -> None:
    made = store(staff)
    staff.patch(place(made), json={"name": "Bremen"}, headers={"X-Request-ID": "mine-1"})
    newest, oldest = viewer.get(f"{LOG}?object_type=store&object_id={made['id']}").json["data"]
    assert (oldest["action"], oldest["old"], oldest["new"]["name"]) == ("store.created", {}, "Berlin")
    assert (newest["action"], newest["old"], newest["new"]) == ("store.updated", {"name": "Berlin"}, {"name": "Bremen"})
    assert viewer.get(f"{LOG}?request_id=mine-1").json["data"] == [newest]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_go_from_the_newest_to_the_oldest_over_months(viewer: Caller, sql: Any, limit: int) -> None:
    months = ["2030-01-31T23:59:59Z", "2030-02-01T00:00:00Z", "2030-02-01T00:00:00Z", "2029-12-01T00:00:00Z"]
    sql.execute("SELECT audit_make_partitions(3)")
    now = entry(sql, at="now")
    january, february, twin, december = [entry(sql, at=at) for at in months]
    seen, path = [], f"{LOG}?limit={limit}"
    while path:
        answer = viewer.get(path)
        seen.append(ids(answer.json["data"]))
        link = answer.headers.get("Link", "")
        path = link[1 : link.index(">")] if link else ""
    assert [each for page in seen for each in page] == [twin, february, january, december, now]
    assert {len(page) for page in seen[:-1]} <= {limit}


def test_pages_stand_still_while_entries_are_written(viewer: Caller, sql: Any) -> None:
    made = [entry(sql) for _ in range(4)]
    first = viewer.get(f"{LOG}?limit=2&actor=ada").json
    entry(sql)
    entry(sql, at="2030-01-10T12:00:01Z")
    second = viewer.get(f"{LOG}?limit=2&actor=ada&cursor={first['next_cursor']}").json
    assert ids(first["data"] + second["data"]) == made[::-1]
    assert second["next_cursor"] is None


def test_a_cursor_of_another_list_is_refused(viewer: Caller, staff: Caller) -> None:
    store(staff)
    store(staff)
    cursor = viewer.get("/api/v1/stores?limit=1&ordering=newest").json["next_cursor"]
    assert_problem(viewer.get(f"{LOG}?cursor={cursor}"), 400, "bad_cursor")


def test_an_entry_that_is_not_there_is_404(viewer: Caller, sql: Any) -> None:
    problem = assert_problem(viewer.get(f"{LOG}/{entry(sql) + 1}"), 404, "audit_entry_not_found")
    assert problem["entry_id"] > 1


def test_a_customer_reads_nothing(as_role: AsRole, sql: Any) -> None:
    made = entry(sql)
    for path in (LOG, f"{LOG}/{made}"):
        assert_problem(as_role("customer").get(path), 403, "not_permitted")


def test_nobody_changes_the_log_by_the_api(as_role: AsRole, sql: Any) -> None:
    made = entry(sql)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in (LOG, f"{LOG}/{made}"):
            assert_problem(as_role("admin").call(method, path, json={}), 405, "method_not_allowed")
