"""Segments are made by rules or by hand, changed, and deleted while nothing refers to them."""

from typing import Any

import pytest

from app.core.invariants import INVARIANTS
from app.core.web import HoldfastApp
from tests.api.letters import told
from tests.api.made import place, store
from tests.api.made_customers import SEGMENTS, at, customer, ids, segment, whose
from tests.api.problem import assert_problem
from tests.callers import Caller

NEW = {"type": "joined_within", "days": 30}
ORDERED = {"type": "ordered", "at_least": 3, "within_days": 90}
SPENT = {"type": "spent", "at_least": "100.00"}


def near(made: dict[str, Any], km: float = 5.0) -> dict[str, Any]:
    """The rule of living near a store."""
    return {"type": "near_store", "store_id": made["id"], "km": km}


def test_a_segment_keeps_its_rules_as_they_were_meant(staff: Caller) -> None:
    rules = [NEW, ORDERED, SPENT | {"at_least": 99.5}, near(store(staff), 5)]
    answer = staff.post(SEGMENTS, json={"name": " New ", "rules": {"match": "any", "rules": rules}})
    assert answer.status_code == 201, answer.text
    made = answer.json
    assert answer.headers["Location"] == at(made)
    assert (made["name"], made["description"], made["used_by"]) == ("New", "", {})
    assert made["rules"] == {"match": "any", "rules": [*rules[:2], SPENT | {"at_least": "99.50"}, rules[3]]}
    assert staff.get(at(made)).json == made


def test_a_segment_is_made_once_for_an_idempotency_key(staff: Caller) -> None:
    headers = {"Idempotency-Key": "regulars-1"}
    first, again = (staff.post(SEGMENTS, json={"name": "Regulars"}, headers=headers) for _ in range(2))
    assert (first.status_code, again.data) == (201, first.data)


def test_a_name_is_unique_without_case(staff: Caller) -> None:
    made = segment(staff)
    other = segment(staff, "Others")
    assert_problem(staff.post(SEGMENTS, json={"name": "REGULARS"}), 409, "segment_name_taken")
    assert_problem(staff.patch(at(other), json={"name": "regulars"}), 409, "segment_name_taken")
    assert staff.patch(at(made), json={"name": "REGULARS"}).status_code == 200


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        ({}, "/rules/match"),
        ({"match": "none", "rules": [NEW]}, "/rules/match"),
        ({"match": "all", "rules": []}, "/rules/rules"),
        ({"match": "all", "rules": [NEW] * 21}, "/rules/rules"),
        ({"match": "all", "rules": [NEW], "limit": 5}, "/rules/limit"),
        ({"match": "all", "rules": [NEW, 5]}, "/rules/rules/1"),
        ({"match": "all", "rules": [NEW, None]}, "/rules/rules/1"),
        ({"match": "all", "rules": [NEW, {}]}, "/rules/rules/1/type"),
        ({"match": "all", "rules": [{"type": ["x"]}]}, "/rules/rules/0/type"),
        ({"match": "all", "rules": [{"type": "born_within", "days": 5}]}, "/rules/rules/0/type"),
        ({"match": "all", "rules": [{"type": "joined_within"}]}, "/rules/rules/0/days"),
        ({"match": "all", "rules": [NEW | {"days": 0}]}, "/rules/rules/0/days"),
        ({"match": "all", "rules": [NEW | {"days": "30"}]}, "/rules/rules/0/days"),
        ({"match": "all", "rules": [NEW | {"days": 36_501}]}, "/rules/rules/0/days"),
        ({"match": "all", "rules": [NEW | {"hours": 5}]}, "/rules/rules/0/hours"),
        ({"match": "all", "rules": [NEW, ORDERED | {"at_least": 0}]}, "/rules/rules/1/at_least"),
        ({"match": "all", "rules": [ORDERED | {"within_days": 2**63}]}, "/rules/rules/0/within_days"),
        ({"match": "all", "rules": [SPENT | {"at_least": "0.00"}]}, "/rules/rules/0/at_least"),
        ({"match": "all", "rules": [SPENT | {"at_least": "1.234"}]}, "/rules/rules/0/at_least"),
        ({"match": "all", "rules": [{"type": "near_store", "store_id": 1, "km": 0}]}, "/rules/rules/0/km"),
        ({"match": "all", "rules": [{"type": "near_store", "store_id": 1, "km": 20_101}]}, "/rules/rules/0/km"),
        ({"match": "all", "rules": [{"type": "near_store", "store_id": 0, "km": 1}]}, "/rules/rules/0/store_id"),
    ],
)
def test_rules_that_cannot_be_are_refused_at_their_place(staff: Caller, rules: Any, pointer: str) -> None:
    for path, body in ((SEGMENTS, {"name": "x"}), (f"{SEGMENTS}/preview", {})):
        problem = assert_problem(staff.post(path, json=body | {"rules": rules}), 422, "validation_failed")
        assert pointer in [fault["pointer"] for fault in problem["errors"]]
    assert staff.get(SEGMENTS).json["data"] == []


def test_a_store_that_does_not_exist_is_refused(staff: Caller, app: HoldfastApp) -> None:
    rules = {"match": "all", "rules": [near({"id": 2_000_000_000})]}
    made = segment(staff, "New", NEW)
    for method, path in (("POST", SEGMENTS), ("PATCH", at(made)), ("POST", f"{SEGMENTS}/preview")):
        body = {"rules": rules} | ({"name": "x"} if path == SEGMENTS else {})
        problem = assert_problem(staff.call(method, path, json=body), 404, "store_not_found")
        assert problem["store_id"] == 2_000_000_000
    assert told(app, "SELECT name FROM segments") == [("New",)]


def test_a_store_that_rules_name_is_in_use_until_they_do_not(staff: Caller) -> None:
    shop, other = store(staff), store(staff)
    made = segment(staff, "Neighbours", near(shop), near(shop, 9), NEW)
    problem = assert_problem(staff.delete(place(shop)), 409, "in_use")
    assert problem["references"] == {"segment_stores": 1}
    rules = {"match": "all", "rules": [near(other)]}
    assert staff.patch(at(made), json={"rules": rules}).status_code == 200
    assert staff.delete(place(shop)).status_code == 204
    assert_problem(staff.delete(place(other)), 409, "in_use")
    assert staff.delete(at(made)).status_code == 204
    assert staff.delete(place(other)).status_code == 204


def test_a_change_touches_what_was_sent_and_is_written_down(staff: Caller, app: HoldfastApp) -> None:
    made = segment(staff, "New", NEW)
    rules = {"match": "any", "rules": [NEW, SPENT]}
    answer = staff.patch(at(made), json={"rules": rules, "description": "Fresh", "name": "New"})
    assert answer.status_code == 200, answer.text
    assert answer.json == made | {"rules": rules, "description": "Fresh", "updated_at": answer.json["updated_at"]}
    assert answer.json["updated_at"] > made["updated_at"]
    audited = told(app, "SELECT old, new FROM audit_log WHERE action = 'segment.updated'")
    assert audited == [
        ({"rules": made["rules"], "description": ""}, {"rules": rules, "description": "Fresh"}),
    ]
    tag = answer.headers["ETag"]
    assert staff.patch(at(made), json={"rules": rules}).headers["ETag"] == tag


def test_a_stale_change_is_refused(staff: Caller) -> None:
    made = segment(staff)
    tag = staff.get(at(made)).headers["ETag"]
    assert staff.patch(at(made), json={"description": "x"}, headers={"If-Match": tag}).status_code == 200
    assert_problem(staff.patch(at(made), json={"description": "y"}, headers={"If-Match": tag}), 412, "stale")
    assert_problem(staff.delete(at(made), headers={"If-Match": tag}), 412, "stale")


def test_a_segment_stays_of_its_kind(staff: Caller) -> None:
    by_hand, by_rule = segment(staff), segment(staff, "New", NEW)
    rules = {"match": "all", "rules": [NEW]}
    assert_problem(staff.patch(at(by_hand), json={"rules": rules}), 409, "segment_kind_fixed")
    assert_problem(staff.patch(at(by_rule), json={"rules": None}), 409, "segment_kind_fixed")
    assert staff.patch(at(by_hand), json={"rules": None}).status_code == 200


def test_members_are_put_in_and_taken_out_once(staff: Caller, app: HoldfastApp) -> None:
    made = segment(staff)
    ada, bea = customer(staff), customer(staff, username="bea")
    path, body = at(made, "/members"), {"customer_ids": [bea["id"], ada["id"], bea["id"]]}
    assert staff.post(path, json={"customer_ids": [ada["id"]]}).json == {"added": 1}
    tag = staff.get(whose(bea)).headers["ETag"]
    assert [staff.post(path, json=body).json for _ in range(2)] == [{"added": 1}, {"added": 0}]
    assert_problem(staff.patch(whose(bea), json={"last_name": "x"}, headers={"If-Match": tag}), 412, "stale")
    assert ids(staff.get(f"/api/v1/customers?segment_id={made['id']}")) == [bea["id"], ada["id"]]
    assert [staff.delete(f"{path}/{ada['id']}").status_code for _ in range(2)] == [204, 204]
    assert staff.get(whose(ada)).json["segment_ids"] == []
    audited = told(app, "SELECT action, old, new FROM audit_log WHERE action LIKE 'segment.members%%' ORDER BY id")
    assert audited == [
        ("segment.members_added", {}, {"customer_ids": [ada["id"]]}),
        ("segment.members_added", {}, {"customer_ids": [bea["id"]]}),
        ("segment.members_removed", {"customer_ids": [ada["id"]]}, {}),
    ]


def test_nobody_is_put_in_when_one_is_no_customer(staff: Caller) -> None:
    made, ada = segment(staff), customer(staff)
    body = {"customer_ids": [ada["id"], staff.user_id, 2_000_000_000]}
    problem = assert_problem(staff.post(at(made, "/members"), json=body), 422, "validation_failed")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/customer_ids/1", "/customer_ids/2"]
    assert staff.get(whose(ada)).json["segment_ids"] == []


def test_a_segment_with_rules_takes_nobody_by_hand(staff: Caller) -> None:
    made, ada = segment(staff, "New", NEW), customer(staff)
    answer = staff.post(at(made, "/members"), json={"customer_ids": [ada["id"]]})
    assert_problem(answer, 409, "segment_has_rules")
    assert_problem(staff.delete(at(made, f"/members/{ada['id']}")), 409, "segment_has_rules")
    problem = assert_problem(staff.patch(whose(ada), json={"segment_ids": [made["id"]]}), 422, "validation_failed")
    assert [fault["code"] for fault in problem["errors"]] == ["segment_has_rules"]


def test_a_customer_is_in_the_segments_that_were_sent(staff: Caller) -> None:
    one, two, three = (segment(staff, name)["id"] for name in ("one", "two", "three"))
    ada = customer(staff, segment_ids=[two, one])
    assert ada["segment_ids"] == [one, two]
    answer = staff.patch(whose(ada), json={"segment_ids": [three, two, three]})
    assert answer.json["segment_ids"] == [two, three]
    assert staff.delete(f"{SEGMENTS}/{two}").status_code == 204
    assert staff.get(whose(ada)).json["segment_ids"] == [three]


def test_segments_are_listed_and_searched(staff: Caller) -> None:
    made = {name: segment(staff, name)["id"] for name in ("beta", "Alpha", "gam_ma")}
    for query, names in {
        "": ["Alpha", "beta", "gam_ma"],
        "?ordering=-name": ["gam_ma", "beta", "Alpha"],
        "?ordering=newest": ["gam_ma", "Alpha", "beta"],
        "?ordering=oldest": ["beta", "Alpha", "gam_ma"],
        "?q=A_m": [],
        "?q=PH": ["Alpha"],
    }.items():
        assert ids(staff.get(SEGMENTS + query)) == [made[name] for name in names], query
    first = staff.get(f"{SEGMENTS}?limit=2&fields=id")
    link = first.headers["Link"]
    assert ids(first) + ids(staff.get(link[1 : link.index(">")])) == [
        made[name] for name in ("Alpha", "beta", "gam_ma")
    ]


@pytest.mark.parametrize(
    ("name", "breach"),
    [
        ("customers.rules_hold_their_stores", "DELETE FROM segment_stores"),
        ("customers.rules_hold_their_stores", "UPDATE segments SET rules = NULL"),
        ("customers.members_by_hand", 'UPDATE segments SET rules = \'{"match": "all", "rules": []}\''),
        (
            "customers.has_row",
            "INSERT INTO users (username, email, password_hash, role) VALUES ('x', 'x', '', 'customer')",
        ),
    ],
)
def test_an_invariant_finds_its_breach(staff: Caller, app: HoldfastApp, sql: Any, name: str, breach: str) -> None:
    shop = store(staff)
    segment(staff, "Neighbours", near(shop), near(shop, 9), NEW)
    customer(staff, segment_ids=[segment(staff)["id"]])
    [breaches] = [each.breaches for each in INVARIANTS if each.name == name]
    assert told(app, breaches) == []
    sql.execute(breach)
    assert len(told(app, breaches)) == 1
