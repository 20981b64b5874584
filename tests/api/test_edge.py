"""What every answer has in common: request ids, CORS, slashes, HEAD."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app.core import db
from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.made import STORES, place, store
from tests.api.problem import assert_problem
from tests.api.routes import Route, api_routes, routes
from tests.callers import Caller

SHOP = {"Origin": "https://shop.example"}
ROUTES = [route for route in routes() if route.method == "GET"]


@pytest.mark.parametrize("offered", ["a", "A1._:-", "x" * 128, "0123-abcd"])
def test_a_request_id_that_is_one_is_kept(client: FlaskClient, offered: str) -> None:
    for path in ("/health", STORES, "/nothing", "/console/login"):
        assert client.get(path, headers={"X-Request-ID": offered}).headers["X-Request-ID"] == offered


@pytest.mark.parametrize("offered", ["", "x" * 129, "-a", "a b", "a;b", "é", '{"a":1}', "<b>"])
def test_a_request_id_that_is_none_is_replaced(client: FlaskClient, offered: str) -> None:
    answers = [client.get("/nothing", headers={"X-Request-ID": offered}) for _ in range(2)]
    made = [answer.headers["X-Request-ID"] for answer in answers]
    assert offered not in made
    assert made[0] != made[1]
    assert [answer.get_json()["request_id"] for answer in answers] == made


def test_browsers_of_an_allowed_shop_may_ask_first(client: FlaskClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "idempotency-key"}
    answer = client.options(STORES, headers=SHOP | asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP["Origin"]
    assert {"POST", "PATCH", "DELETE"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {"authorization", "content-type", "idempotency-key", "if-match"} <= set(allowed)
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize("path", [STORES, f"{STORES}/1", "/api/v1/nothing"])
def test_browsers_of_an_allowed_shop_may_read_answers_and_refusals(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=SHOP)
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP["Origin"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Link", "Retry-After", "X-Request-ID", "Idempotent-Replayed"} <= set(exposed)
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://shop.example", "https://shop.example.evil"])
def test_browsers_of_any_other_shop_may_not(client: FlaskClient, origin: str) -> None:
    for answer in (client.get(STORES, headers={"Origin": origin}), client.options(STORES, headers={"Origin": origin})):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        assert "Origin" in answer.headers["Vary"]


def test_the_console_is_for_no_other_origin(client: FlaskClient) -> None:
    answer = client.get("/console/login", headers=SHOP)
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("route", api_routes(), ids=str)
def test_a_trailing_slash_makes_no_difference(route: Route, as_role: AsRole) -> None:
    body: dict[str, Any] = {"json": {}} if route.body else {}
    plain, slashed = (as_role(route.role).call(route.method, route.path() + end, **body) for end in ("", "/"))
    assert plain.status_code not in {301, 302, 303, 307, 308}
    assert (slashed.status_code, slashed.mimetype) == (plain.status_code, plain.mimetype), slashed.text


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_head_answers_as_get_without_a_body(route: Route, as_role: AsRole) -> None:
    client = as_role(route.role).client
    head, get = client.head(route.path(), buffered=True), client.get(route.path(), buffered=True)
    assert (head.status_code, head.mimetype, head.data) == (get.status_code, get.mimetype, b"")


def test_head_of_a_store_has_its_tag(staff: Caller) -> None:
    answer = staff.call("HEAD", place(store(staff)))
    assert (answer.status_code, answer.headers["ETag"], answer.data) == (200, '"v1"', b"")


def test_a_body_on_a_read_changes_nothing(client: FlaskClient) -> None:
    assert client.get(STORES, data=b"\xff" * 100, content_type="application/json").status_code == 200


def test_json_with_a_charset_is_json(staff: Caller) -> None:
    for kind in ("application/json; charset=utf-8", "application/vnd.shop+json"):
        assert_problem(staff.post(STORES, data=b"{}", content_type=kind), 422, "validation_failed")


def test_a_view_that_opens_its_own_units_never_holds_two_connections(app: HoldfastApp, anna: Caller) -> None:
    taken: list[int] = []
    with app.app_context():
        engine = db.db.engine

    def took(*_: object) -> None:
        taken.append(engine.pool.checkedout())  # type: ignore[attr-defined]  # of a QueuePool, which it is

    event.listen(engine, "checkout", took)
    try:
        assert anna.patch("/api/v1/auth/profile", json={"first_name": "Ada"}).status_code == 200
    finally:
        event.remove(engine, "checkout", took)
    assert set(taken) == {1}
