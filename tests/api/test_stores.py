"""Stores are opened, read, changed and deleted over the API."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import BigInteger, Column, ForeignKey, Table

from app.core.db import Base
from tests.api.conftest import AsRole
from tests.api.made import BERLIN, STORES, place, store
from tests.api.problem import assert_problem
from tests.callers import Caller


def test_an_opened_store_is_found_at_its_location(staff: Caller, client: FlaskClient) -> None:
    answer = staff.post(STORES, json=BERLIN)
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"v1"'
    found = client.get(answer.headers["Location"]).json
    assert found == answer.json
    assert found.keys() == {*BERLIN, "id", "is_active", "created_at", "updated_at"}
    assert {name: found[name] for name in BERLIN} == BERLIN
    assert found["is_active"] is True
    assert found["created_at"].endswith("Z")


def test_zero_is_a_latitude_and_a_longitude(staff: Caller) -> None:
    made = store(staff, latitude=0, longitude=0)
    assert (made["latitude"], made["longitude"]) == (0, 0)
    assert staff.patch(place(made), json={"latitude": 1}).json["latitude"] == 1
    assert staff.patch(place(made), json={"latitude": 0}).json["latitude"] == 0


@pytest.mark.parametrize(("latitude", "longitude"), [(-90, -180), (90, 180), (-90.0, 179.999999999), (1e-12, -1e-12)])
def test_poles_and_the_antimeridian_are_places(staff: Caller, latitude: float, longitude: float) -> None:
    made = store(staff, latitude=latitude, longitude=longitude)
    assert (made["latitude"], made["longitude"]) == (latitude, longitude)


@pytest.mark.parametrize(
    "name",
    ["x" * 100, "é" * 100, "🛍️ Köln, 東京", "<img src=x onerror=alert(1)>", "a'; DROP TABLE stores; --", "50% _\\"],
)
def test_a_name_is_kept_as_it_was_written(staff: Caller, name: str) -> None:
    made = store(staff, name=name)
    assert staff.get(place(made)).json["name"] == name


def test_space_around_a_name_is_cut_off(staff: Caller) -> None:
    assert store(staff, name="  Berlin\n ")["name"] == "Berlin"


def test_a_name_of_101_characters_is_refused_at_its_field(staff: Caller) -> None:
    problem = assert_problem(staff.post(STORES, json=BERLIN | {"name": "x" * 101}), 422, "validation_failed")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/name"]


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "CEST", "+02:00", "europe/berlin", "../etc/passwd", ""])
def test_a_time_zone_that_does_not_exist_is_refused(staff: Caller, zone: str) -> None:
    problem = assert_problem(staff.post(STORES, json=BERLIN | {"timezone": zone}), 422, "validation_failed")
    assert problem["errors"][0]["pointer"] == "/timezone"


def test_all_faults_are_told_at_once(staff: Caller) -> None:
    problem = assert_problem(staff.post(STORES, json={"name": 5, "latitude": "1", "colour": "red"}), 422)
    told = {(fault["pointer"], fault["code"]) for fault in problem["errors"]}
    assert told == {
        ("/name", "invalid"),
        ("/latitude", "invalid"),
        ("/longitude", "required"),
        ("/timezone", "required"),
        ("/colour", "unknown_field"),
    }


def test_a_change_touches_only_what_was_sent(staff: Caller) -> None:
    made = store(staff)
    changed = staff.patch(place(made), json={"name": "Hamburg"}).json
    assert changed["updated_at"] > made["updated_at"]
    assert changed == made | {"name": "Hamburg", "updated_at": changed["updated_at"]}
    assert staff.get(place(made)).json == changed


@pytest.mark.parametrize("body", [{}, {"name": "Berlin"}, {"name": " Berlin "}, {"latitude": 52.52, "is_active": True}])
def test_a_change_of_nothing_writes_nothing(staff: Caller, sql: Any, body: dict[str, Any]) -> None:
    made = store(staff)
    before = _written(sql)
    answer = staff.patch(place(made), json=body)
    assert (answer.status_code, answer.json, answer.headers["ETag"]) == (200, made, '"v1"')
    assert _written(sql) == before


def test_an_inactive_store_is_hidden_from_all_but_staff(staff: Caller, client: FlaskClient, as_role: AsRole) -> None:
    made = store(staff, is_active=False)
    hidden = [client.get(place(made)), as_role("customer").get(place(made))]
    for answer in hidden:
        assert_problem(answer, 404, "store_not_found")
    for role in ("viewer", "operator", "admin"):
        assert as_role(role).get(place(made)).json == made


def test_a_deleted_store_is_gone(staff: Caller, client: FlaskClient) -> None:
    made = store(staff)
    answer = staff.delete(place(made))
    assert (answer.status_code, answer.data) == (204, b"")
    for again in (client.get(place(made)), staff.patch(place(made), json={}), staff.delete(place(made))):
        problem = assert_problem(again, 404, "store_not_found")
        assert problem["store_id"] == made["id"]


@pytest.fixture(params=[None, "RESTRICT"])
def kiosks(request: pytest.FixtureRequest, sql: Any) -> Iterator[None]:
    """A table of another domain that refers to stores."""
    link = ForeignKey("stores.id", name="fk_kiosks_store_id_stores", ondelete=request.param)
    table = Table("kiosks", Base.metadata, Column("store_id", BigInteger, link))
    suffix = "ON DELETE RESTRICT" if request.param else ""
    sql.execute(f"CREATE TABLE kiosks (store_id bigint REFERENCES stores {suffix})")
    yield
    Base.metadata.remove(table)
    sql.execute("DROP TABLE kiosks")


@pytest.mark.usefixtures("kiosks")
def test_a_store_in_use_is_not_deleted_and_its_references_are_counted(staff: Caller, sql: Any) -> None:
    made = store(staff)
    sql.execute("INSERT INTO kiosks VALUES (%(id)s), (%(id)s)", made)
    problem = assert_problem(staff.delete(place(made)), 409, "in_use")
    assert problem["references"] == {"kiosks": 2}
    assert staff.get(place(made)).json == made
    sql.execute("DELETE FROM kiosks")
    assert staff.delete(place(made)).status_code == 204


@pytest.mark.parametrize("rule", ["", "ON DELETE RESTRICT"])
def test_a_reference_that_only_the_database_knows_is_in_use_too(staff: Caller, sql: Any, rule: str) -> None:
    made = store(staff)
    sql.execute(f"CREATE TABLE kiosks (store_id bigint REFERENCES stores {rule})")
    try:
        sql.execute("INSERT INTO kiosks VALUES (%(id)s)", made)
        assert_problem(staff.delete(place(made)), 409, "in_use")
    finally:
        sql.execute("DROP TABLE kiosks")
    assert staff.get(place(made)).json == made


def test_a_store_that_another_changes_at_this_moment_is_busy(staff: Caller, sql: Any) -> None:
    made = store(staff)
    sql.execute("BEGIN")
    sql.execute("SELECT FROM stores WHERE id = %(id)s FOR UPDATE", made)
    for answer in (staff.patch(place(made), json={"name": "x"}), staff.delete(place(made))):
        assert_problem(answer, 503, "busy")
        assert int(answer.headers["Retry-After"]) >= 1
    sql.execute("ROLLBACK")
    assert staff.patch(place(made), json={"name": "x"}).status_code == 200


def _written(sql: Any) -> list[Any]:
    sql.execute("""
        SELECT (SELECT array_agg(s) FROM stores s), (SELECT count(*) FROM audit_log),
               (SELECT array_agg(v) FROM cache_versions v)
    """)
    rows: list[Any] = sql.fetchall()
    return rows
