"""A customer who is deleted leaves nothing personal, and nothing of theirs stays open."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.letters import told, work, written
from tests.api.made import RESERVATIONS, held, product, stock
from tests.api.made_customers import ADA, BERLIN, CUSTOMERS, customer, ids, segment, whose
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.callers import Caller

LOGIN, REGISTER, RESET = "/api/v1/auth/login", "/api/v1/auth/register", "/api/v1/auth/password-reset"


def test_nothing_personal_is_left(staff: Caller, app: HoldfastApp) -> None:
    regulars = segment(staff)
    made = customer(staff, **BERLIN, email_opt_in=True, segment_ids=[regulars["id"]])
    before = told(app, "SELECT coalesce(max(id), 0) FROM audit_log")[0][0]
    assert staff.delete(whose(made)).status_code == 204
    left = staff.get(whose(made)).json
    assert left.pop("anonymised_at")
    name = f"deleted-{made['id']}"
    gone = {"username": name, "email": f"{name}@deleted.invalid", "first_name": "", "last_name": ""}
    own: dict[str, Any] = {
        "latitude": None,
        "longitude": None,
        "in_app_opt_in": False,
        "email_opt_in": False,
        "segment_ids": [],
    }
    kept = {key: made[key] for key in made.keys() - {"anonymised_at"}}
    assert left == kept | gone | own | {"is_active": False}
    entries = told(app, "SELECT action, old::text || new::text FROM audit_log WHERE id > %s", before)
    assert {action for action, _ in entries} >= {"user.anonymised", "customer.anonymised"}
    assert not [text for _, text in entries if "ada" in text.lower() or "byron" in text.lower() or "52.52" in text]


def test_deleting_again_changes_nothing(staff: Caller, app: HoldfastApp) -> None:
    made = customer(staff)
    staff.delete(whose(made))
    rows = "SELECT u.*, c.* FROM users AS u JOIN customers AS c USING (id) WHERE c.anonymised_at IS NOT NULL"
    entries = "SELECT count(*) FROM audit_log"
    before = told(app, rows), told(app, entries)
    assert staff.delete(whose(made), headers={"If-Match": '"v1"'}).status_code == 204
    assert (told(app, rows), told(app, entries)) == before


def test_every_way_in_is_closed(staff: Caller, as_role: AsRole, client: FlaskClient, app: HoldfastApp) -> None:
    buyer = as_role("customer")
    client.post(RESET, json={"email": "customer@example.test"})
    work(app)
    assert len(told(app, "SELECT id FROM mailed_links WHERE used_at IS NULL")) == 1
    staff.delete(f"{CUSTOMERS}/{buyer.user_id}")
    assert_problem(buyer.get("/api/v1/auth/profile"), 401, "not_authenticated")
    for name in ("customer", "customer@example.test", f"deleted-{buyer.user_id}"):
        for password in ("holdfast-demo", "!"):
            answer = client.post(LOGIN, json={"username": name, "password": password})
            assert_problem(answer, 401, "login_refused")
    assert told(app, "SELECT id FROM mailed_links WHERE used_at IS NULL") == []
    work(app)
    assert written(app) == [("password_reset", "customer@example.test")]


def test_name_and_address_are_free_for_somebody_else(staff: Caller, client: FlaskClient) -> None:
    staff.delete(whose(customer(staff)))
    assert customer(staff)["username"] == ADA["username"]
    taken = {"username": "deleted-7", "email": "x@shop.example", "password": "a long enough one"}
    assert_problem(client.post(REGISTER, json=taken), 422, "validation_failed")


def test_what_was_held_is_free_at_once(staff: Caller, as_role: AsRole) -> None:
    buyer, tea = as_role("customer"), product(staff)
    other = product(staff, sku="OTHER", store_id=tea["store_id"])
    for made in (tea, other, tea):
        assert held(buyer, made["id"]).status_code == 201
    assert stock(staff, tea["id"]) == (5, 3, 2)
    assert staff.delete(f"{CUSTOMERS}/{buyer.user_id}").status_code == 204
    assert [stock(staff, made["id"]) for made in (tea, other)] == [(5, 5, 0), (5, 5, 0)]
    states = staff.get(f"{RESERVATIONS}?customer_id={buyer.user_id}").json["data"]
    assert [row["status"] for row in states] == ["released"] * 3


def test_a_hold_that_has_lapsed_is_left_to_the_sweep(staff: Caller, as_role: AsRole, sql: Any) -> None:
    buyer, tea = as_role("customer"), product(staff)
    held(buyer, tea["id"])
    sql.execute("UPDATE stock_holds SET expires_at = clock_timestamp()")
    assert staff.delete(f"{CUSTOMERS}/{buyer.user_id}").status_code == 204
    assert stock(staff, tea["id"]) == (5, 4, 1)


@pytest.mark.parametrize("change", [{"first_name": "Eve"}, {"latitude": 1.0, "longitude": 1.0}, {"segment_ids": []}])
def test_nothing_can_be_changed_of_who_was_deleted(staff: Caller, change: dict[str, Any]) -> None:
    made = customer(staff)
    staff.delete(whose(made))
    assert_problem(staff.patch(whose(made), json=change), 409, "customer_anonymised")
    members = f"/api/v1/segments/{segment(staff)['id']}/members"
    assert_problem(staff.post(members, json={"customer_ids": [made["id"]]}), 422, "validation_failed")


def test_an_admin_who_activates_the_user_makes_no_active_customer(staff: Caller, as_role: AsRole) -> None:
    made = customer(staff)
    staff.delete(whose(made))
    assert as_role("admin").patch(f"/api/v1/users/{made['id']}", json={"is_active": True}).status_code == 200
    assert staff.get(whose(made)).json["is_active"] is False
    assert ids(staff.get(f"{CUSTOMERS}?is_active=true")) == []


def test_of_many_deletions_at_once_one_is_written_down(staff: Caller, app: HoldfastApp) -> None:
    made = customer(staff)
    answers = at_once(app, 4, lambda _: staff.delete(whose(made)).status_code)
    assert set(answers) <= {204, 503}
    assert 204 in answers
    assert told(app, "SELECT count(*) FROM audit_log WHERE action = 'customer.anonymised'") == [(1,)]
