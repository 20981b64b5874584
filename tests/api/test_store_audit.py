"""Each change of a store leaves one entry that says who changed what, from where, under which request."""

from typing import Any

import psycopg2
import pytest

from tests.api.browsing import csrf_token
from tests.api.made import BERLIN, STORES, place, store
from tests.callers import Caller


def entries(sql: Any) -> list[dict[str, Any]]:
    """What the log says about stores, oldest first."""
    sql.execute("""
        SELECT action, old, new, actor_id, actor_name, actor_role, source, request_id, object_id
        FROM audit_log WHERE object_type = 'store' ORDER BY id
    """)
    return [dict(zip((column.name for column in sql.description), row, strict=True)) for row in sql.fetchall()]


def test_opening_changing_and_deleting_leave_one_entry_each(staff: Caller, sql: Any) -> None:
    def under(name: str) -> dict[str, str]:
        return {"X-Request-ID": name}

    made = staff.post(STORES, json=BERLIN, headers=under("r-1")).json
    staff.patch(place(made), json={"name": "Bremen", "latitude": 52.52}, headers=under("r-2"))
    staff.delete(place(made), headers=under("r-3"))

    who = {"actor_id": staff.user_id, "actor_name": "operator", "actor_role": "operator", "source": "api"}
    common = who | {"object_id": str(made["id"])}
    first = BERLIN | {"is_active": True}
    assert entries(sql) == [
        common | {"action": "store.created", "old": {}, "new": first, "request_id": "r-1"},
        common | {"action": "store.updated", "old": {"name": "Berlin"}, "new": {"name": "Bremen"}, "request_id": "r-2"},
        common | {"action": "store.deleted", "old": first | {"name": "Bremen"}, "new": {}, "request_id": "r-3"},
    ]


def test_a_change_in_the_console_is_told_apart(staff: Caller, sql: Any) -> None:
    form = BERLIN | {"csrf_token": csrf_token(staff.client, "/console/stores/new")}
    answer = staff.client.post("/console/stores", data=form, headers={"X-Request-ID": "c-1"})
    assert answer.status_code == 303, answer.text
    [entry] = entries(sql)
    told = (entry["action"], entry["source"], entry["actor_name"], entry["request_id"])
    assert told == ("store.created", "console", "operator", "c-1")


def test_what_is_refused_leaves_no_entry(staff: Caller, sql: Any) -> None:
    made = store(staff)
    staff.patch(place(made), json={"name": ""})
    staff.patch(place(made), json={"name": "x"}, headers={"If-Match": '"v9"'})
    staff.delete(place(made), headers={"If-Match": '"v9"'})
    staff.post(STORES, json={})
    assert [entry["action"] for entry in entries(sql)] == ["store.created"]


@pytest.mark.parametrize(
    "change", ["UPDATE audit_log SET actor_name = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"]
)
def test_the_database_refuses_to_rewrite_an_entry(staff: Caller, sql: Any, change: str) -> None:
    store(staff)
    with pytest.raises(psycopg2.Error, match="audit_append_only"):
        sql.execute(change)
    assert len(entries(sql)) == 1
