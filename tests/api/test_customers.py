"""Operators make, find, change and read customers."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.letters import token, told, work
from tests.api.made_customers import ADA, BERLIN, CUSTOMERS, customer, segment, whose
from tests.api.problem import assert_problem
from tests.callers import Caller

LOGIN, RESET = "/api/v1/auth/login", "/api/v1/auth/password-reset"


def test_a_customer_is_made_with_all_there_is_to_know(staff: Caller) -> None:
    regulars = segment(staff)
    answer = staff.post(CUSTOMERS, json=ADA | BERLIN | {"email_opt_in": True, "segment_ids": [regulars["id"]]})
    assert answer.status_code == 201, answer.text
    made = answer.json
    assert answer.headers["Location"] == whose(made)
    assert staff.get(whose(made)).json == made
    assert made.pop("joined_at").endswith("Z")
    facts = {"id": made["id"], "email_verified": False, "in_app_opt_in": True, "email_opt_in": True, "is_active": True}
    counted = {"orders": 0, "spend": "0.00", "last_order_at": None, "last_notified_at": None, "anonymised_at": None}
    assert made == ADA | BERLIN | facts | counted | {"segment_ids": [regulars["id"]], "matching_segment_ids": []}


def test_a_made_customer_has_no_password_and_sets_one_by_mail(
    staff: Caller, app: HoldfastApp, client: FlaskClient
) -> None:
    customer(staff)
    for guess in ("!", "x", ADA["email"]):
        answer = client.post(LOGIN, json={"username": "ada", "password": guess})
        assert_problem(answer, 401, "login_refused")
    client.post(RESET, json={"email": ADA["email"]})
    work(app)
    link = token(app, "password_reset", ADA["email"])
    chosen = "entirely my own one"
    assert client.post(f"{RESET}/confirm", json={"token": link, "new_password": chosen}).status_code == 204
    assert client.post(LOGIN, json={"username": "ada", "password": chosen}).status_code == 200


def test_a_customer_is_made_once_for_an_idempotency_key(staff: Caller) -> None:
    headers = {"Idempotency-Key": "ada-1"}
    first, again = (staff.post(CUSTOMERS, json=ADA, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code, again.data) == (201, 201, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert_problem(staff.post(CUSTOMERS, json=ADA), 409, "username_taken")
    assert_problem(staff.post(CUSTOMERS, json=ADA | {"username": "bea"}), 409, "email_taken")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"username": "a@b"}, "/username"),
        ({"username": "deleted-5"}, "/username"),
        ({"email": "deleted-5@deleted.invalid"}, "/email"),
        ({"latitude": 1.0}, "/latitude"),
        ({"latitude": 1.0, "longitude": None}, "/longitude"),
        ({"latitude": 91, "longitude": 0}, "/latitude"),
        ({"segment_ids": [2_000_000_000]}, "/segment_ids/0"),
        ({"segment_ids": [0]}, "/segment_ids/0"),
        ({"password": "correct horse battery"}, "/password"),
        ({"is_active": False}, "/is_active"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(staff: Caller, body: dict[str, Any], pointer: str) -> None:
    problem = assert_problem(staff.post(CUSTOMERS, json=ADA | body), 422, "validation_failed")
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert staff.get(CUSTOMERS).json["data"] == []


def test_a_change_touches_what_was_sent_and_is_written_down(staff: Caller, app: HoldfastApp) -> None:
    made = customer(staff, **BERLIN)
    changes = {"first_name": "Grace", "latitude": 0.0, "longitude": -180.0, "in_app_opt_in": False}
    answer = staff.patch(whose(made), json=changes)
    assert answer.status_code == 200, answer.text
    assert answer.json == made | changes
    audited = told(app, "SELECT action, old, new FROM audit_log WHERE action LIKE '%%.updated' ORDER BY id")
    own = BERLIN | {"in_app_opt_in": True}
    assert audited == [
        ("user.updated", {"first_name": "Ada"}, {"first_name": "Grace"}),
        ("customer.updated", own, {"latitude": 0.0, "longitude": -180.0, "in_app_opt_in": False}),
    ]


def test_what_stays_as_it_is_changes_nothing(staff: Caller, app: HoldfastApp) -> None:
    made = customer(staff, **BERLIN)
    tag = staff.get(whose(made)).headers["ETag"]
    unchanged: tuple[dict[str, Any], ...] = ({}, BERLIN, {"first_name": "Ada"}, {"segment_ids": []})
    for same in unchanged:
        assert staff.patch(whose(made), json=same).headers["ETag"] == tag
    assert told(app, "SELECT id FROM audit_log WHERE action LIKE '%%.updated'") == []


def test_a_place_is_forgotten_by_null_for_both(staff: Caller) -> None:
    made = customer(staff, **BERLIN)
    answer = staff.patch(whose(made), json={"latitude": None, "longitude": None})
    assert (answer.json["latitude"], answer.json["longitude"]) == (None, None)


@pytest.mark.parametrize("change", [{"first_name": "Eve"}, {"email_opt_in": True}])
def test_a_change_of_either_row_makes_a_version_stale(staff: Caller, change: dict[str, Any]) -> None:
    made = customer(staff)
    tag = staff.get(whose(made)).headers["ETag"]
    assert staff.patch(whose(made), json=change, headers={"If-Match": tag}).status_code == 200
    for path, body in ((whose(made), {"last_name": "x"}), (whose(made), {"in_app_opt_in": False})):
        assert_problem(staff.patch(path, json=body, headers={"If-Match": tag}), 412, "stale")
    assert_problem(staff.delete(whose(made), headers={"If-Match": tag}), 412, "stale")
    assert staff.get(whose(made)).json == made | change


def test_counters_are_shown_as_they_are_even_to_who_has_the_version(staff: Caller, sql: Any) -> None:
    made = customer(staff)
    tag = staff.get(whose(made)).headers["ETag"]
    sql.execute("UPDATE customers SET orders = 2, spend = 19.9, last_order_at = '2030-01-31T09:00:00Z'")
    answer = staff.get(whose(made), headers={"If-None-Match": tag})
    assert answer.status_code == 200
    counted = {name: answer.json[name] for name in ("orders", "spend", "last_order_at")}
    assert counted == {"orders": 2, "spend": "19.90", "last_order_at": "2030-01-31T09:00:00.000Z"}


def test_staff_are_no_customers(staff: Caller, as_role: AsRole) -> None:
    path = f"{CUSTOMERS}/{as_role('viewer').user_id}"
    for method in ("GET", "PATCH", "DELETE"):
        body = {"json": {"first_name": "x"}} if method == "PATCH" else {}
        assert_problem(staff.call(method, path, **body), 404, "customer_not_found")
    assert staff.get(CUSTOMERS).json["data"] == []


def test_fields_narrow_a_customer_and_a_list(staff: Caller) -> None:
    made = customer(staff)
    only = {"id": made["id"], "matching_segment_ids": []}
    assert staff.get(f"{whose(made)}?fields=id,matching_segment_ids").json == only
    assert staff.get(f"{CUSTOMERS}?fields=username").json["data"] == [{"username": "ada"}]
