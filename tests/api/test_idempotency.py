"""Idempotency-Key: one effect, one answer, however often it is asked for."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from app.core.roles import Role
from tests.api.conftest import AsRole
from tests.api.made import BERLIN, STORES
from tests.api.problem import assert_problem
from tests.callers import Caller

KEY = {"Idempotency-Key": "order-1"}


def test_a_replay_is_the_first_answer_and_has_no_effect(staff: Caller, sql: Any) -> None:
    first = staff.post(STORES, json=BERLIN, headers=KEY)
    assert first.status_code == 201
    assert "Idempotent-Replayed" not in first.headers
    for _ in range(2):
        again = staff.post(STORES, json=BERLIN, headers=KEY)
        assert (again.status_code, again.data, again.mimetype) == (201, first.data, first.mimetype)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert [again.headers[name] for name in ("Location", "ETag")] == [
            first.headers[name] for name in ("Location", "ETag")
        ]
    assert _counted(sql) == (1, 1, 1)


def test_a_replay_is_the_first_answer_also_after_the_store_has_changed(staff: Caller) -> None:
    first = staff.post(STORES, json=BERLIN, headers=KEY)
    staff.patch(first.headers["Location"], json={"name": "Bremen"})
    assert staff.post(STORES, json=BERLIN, headers=KEY).json == first.json
    assert staff.delete(first.headers["Location"]).status_code == 204
    assert staff.post(STORES, json=BERLIN, headers=KEY).json == first.json


def test_another_body_under_the_key_is_refused_whoever_wrote_it_last(staff: Caller, sql: Any) -> None:
    staff.post(STORES, json=BERLIN, headers=KEY)
    assert_problem(staff.post(STORES, json=BERLIN | {"name": "x"}, headers=KEY), 422, "idempotency_mismatch")
    assert staff.post(STORES, json=BERLIN, headers=KEY).headers["Idempotent-Replayed"] == "true"
    assert _counted(sql) == (1, 1, 1)


def test_the_same_fields_in_another_order_are_the_same_body(staff: Caller) -> None:
    staff.post(STORES, json=BERLIN, headers=KEY)
    turned = dict(reversed(BERLIN.items()))
    assert staff.post(f"{STORES}/", json=turned, headers=KEY).headers.get("Idempotent-Replayed") == "true"


def test_each_user_has_keys_of_their_own(staff: Caller, as_role: AsRole) -> None:
    mine = staff.post(STORES, json=BERLIN, headers=KEY)
    theirs = as_role(Role.OPERATOR, "other").post(STORES, json=BERLIN | {"name": "x"}, headers=KEY)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json["id"] != theirs.json["id"]


def test_keys_differ_by_case(staff: Caller) -> None:
    ids = {staff.post(STORES, json=BERLIN, headers={"Idempotency-Key": key}).json["id"] for key in ("a", "A", "a.")}
    assert len(ids) == 3


def test_a_refusal_is_not_remembered(staff: Caller, sql: Any) -> None:
    assert_problem(staff.post(STORES, json=BERLIN | {"name": ""}, headers=KEY), 422, "validation_failed")
    assert _counted(sql) == (0, 0, 0)
    answer = staff.post(STORES, json=BERLIN, headers=KEY)
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "\u00e9", "a\tb"])
def test_a_key_that_is_none_is_refused(staff: Caller, sql: Any, key: str) -> None:
    answer = staff.post(STORES, json=BERLIN, headers={"Idempotency-Key": key})
    assert_problem(answer, 422, "idempotency_key_invalid")
    assert _counted(sql) == (0, 0, 0)


@pytest.mark.parametrize("key", ["x", "x" * 255, "~!\"#$%&'()*+,-./:;<=>?@[]^_`{|}"])
def test_any_visible_ascii_is_a_key(staff: Caller, key: str) -> None:
    answers = [staff.post(STORES, json=BERLIN, headers={"Idempotency-Key": key}) for _ in range(2)]
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true"]


def test_a_key_is_no_way_past_the_login_or_the_role(staff: Caller, as_role: AsRole) -> None:
    staff.post(STORES, json=BERLIN, headers=KEY)
    assert_problem(staff.client.post(STORES, json=BERLIN, headers=KEY), 401, "not_authenticated")
    assert_problem(as_role("viewer").post(STORES, json=BERLIN, headers=KEY), 403, "not_permitted")


@pytest.fixture
def failing(sql: Any, clean: None) -> Iterator[None]:
    """The database refuses a store at the very end: when the transaction commits."""
    sql.execute("""
        CREATE FUNCTION fail_at_commit() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$;
        CREATE CONSTRAINT TRIGGER fail_at_commit AFTER INSERT ON stores
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_at_commit();
    """)
    yield
    sql.execute("DROP TRIGGER IF EXISTS fail_at_commit ON stores; DROP FUNCTION fail_at_commit")


@pytest.mark.usefixtures("failing")
def test_a_commit_that_fails_is_answered_as_a_refusal_and_frees_the_key(staff: Caller, sql: Any) -> None:
    answer = staff.post(STORES, json=BERLIN, headers=KEY)
    assert_problem(answer, 503, "busy")
    assert answer.headers["Retry-After"]
    assert _counted(sql) == (0, 0, 0)
    sql.execute("DROP TRIGGER fail_at_commit ON stores")
    again = staff.post(STORES, json=BERLIN, headers=KEY)
    assert (again.status_code, again.headers.get("Idempotent-Replayed")) == (201, None)


@pytest.fixture
def held(staff: Caller, db_url: str) -> Iterator[Any]:
    """A second connection that has claimed the key and not yet committed."""
    connection = psycopg2.connect(db_url)
    with connection.cursor() as cursor:
        row = (staff.user_id, "stores.create_store", KEY["Idempotency-Key"])
        cursor.execute(
            "INSERT INTO idempotency_keys (user_id, route, key, fingerprint) VALUES (%s, %s, %s, 'another')", row
        )
        yield connection
    connection.close()


def test_a_twin_of_one_that_does_not_end_is_asked_to_come_back(staff: Caller, held: Any, sql: Any) -> None:
    answer = staff.post(STORES, json=BERLIN, headers=KEY)
    assert_problem(answer, 409, "idempotency_in_flight")
    assert int(answer.headers["Retry-After"]) >= 1
    held.rollback()
    assert staff.post(STORES, json=BERLIN, headers=KEY).status_code == 201
    assert _counted(sql) == (1, 1, 1)


@pytest.mark.parametrize(("end", "status"), [("rollback", 201), ("commit", 422)])
def test_a_twin_in_flight_goes_on_when_the_first_ends(
    staff: Caller, held: Any, sql: Any, end: str, status: int
) -> None:
    answers: list[Any] = []
    twin = threading.Thread(target=lambda: answers.append(staff.post(STORES, json=BERLIN, headers=KEY)))
    twin.start()
    _wait_for_a_waiter(sql)
    getattr(held, end)()
    twin.join(30)
    assert [answer.status_code for answer in answers] == [status]


def _wait_for_a_waiter(sql: Any) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        sql.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
        if sql.fetchone() == (1,):
            return
    raise AssertionError("the twin never waited")


def _counted(sql: Any) -> tuple[int, int, int]:
    """Stores, what the log says of them, and keys."""
    sql.execute("""
        SELECT (SELECT count(*) FROM stores), (SELECT count(*) FROM audit_log WHERE object_type = 'store'),
               (SELECT count(*) FROM idempotency_keys)
    """)
    found: tuple[int, int, int] = sql.fetchone()
    return found
