"""A refresh token is good once, answered again for a moment, and ends its session when an old copy turns up."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.roles import Role
from app.core.web import HoldfastApp
from tests.api.conftest import AsRole
from tests.api.parallel import at_once
from tests.api.problem import assert_problem
from tests.callers import PASSWORD, make_user

LOGIN, REFRESH, LOGOUT = (f"/api/v1/auth/{verb}" for verb in ("login", "refresh", "logout"))

Pair = dict[str, Any]


@pytest.fixture
def pair(app: HoldfastApp, client: FlaskClient) -> Pair:
    """The tokens of a fresh login."""
    make_user(app, Role.OPERATOR, "anna")
    made: Pair = client.post(LOGIN, json={"username": "anna", "password": PASSWORD}).get_json()
    return made


def refreshed(client: FlaskClient, pair: Pair, status: int = 200) -> Pair:
    answer = client.post(REFRESH, json={"refresh_token": pair["refresh_token"]})
    assert answer.status_code == status, answer.text
    made: Pair = answer.get_json()
    return made


def lives(client: FlaskClient, pair: Pair) -> bool:
    answer = client.get("/api/v1/stores", headers={"Authorization": f"Bearer {pair['access_token']}"})
    return answer.status_code == 200


def test_a_refresh_gives_a_new_pair_that_works(client: FlaskClient, pair: Pair) -> None:
    second = refreshed(client, pair)
    assert second["refresh_token"] != pair["refresh_token"]
    assert second["access_token"] != pair["access_token"]
    third = refreshed(client, second)
    assert all(lives(client, each) for each in (pair, second, third))


def test_the_one_before_is_answered_with_the_same_pair_for_ten_seconds(
    client: FlaskClient, pair: Pair, sql: Any
) -> None:
    first = refreshed(client, pair)
    sql.execute("UPDATE sessions SET rotated_at = rotated_at - interval '9 s'")
    again = refreshed(client, pair)
    assert again["refresh_token"] == first["refresh_token"]
    assert lives(client, again)
    sql.execute("SELECT generation FROM sessions")
    assert sql.fetchall() == [(1,)]


def test_asked_again_at_once_the_whole_answer_is_the_same(client: FlaskClient, pair: Pair) -> None:
    assert refreshed(client, pair) == refreshed(client, pair)


def test_an_old_one_ends_the_session_and_every_token_of_it(client: FlaskClient, pair: Pair, sql: Any) -> None:
    second = refreshed(client, pair)
    sql.execute("UPDATE sessions SET rotated_at = rotated_at - interval '11 s'")
    assert_problem(client.post(REFRESH, json={"refresh_token": pair["refresh_token"]}), 401, "refresh_reused")
    assert not lives(client, second)
    assert refreshed(client, second, 401)["code"] == "refresh_refused"
    sql.execute("SELECT actor_name, new FROM audit_log WHERE action = 'session.revoked'")
    assert sql.fetchall() == [("anna", {"reason": "refresh token reused"})]


def test_two_behind_is_reuse_also_within_ten_seconds(client: FlaskClient, pair: Pair) -> None:
    refreshed(client, refreshed(client, pair))
    assert refreshed(client, pair, 401)["code"] == "refresh_reused"


def test_another_session_of_the_same_user_outlives_a_revoked_one(
    client: FlaskClient, pair: Pair, as_role: AsRole
) -> None:
    other = as_role("operator", "anna")
    refreshed(client, refreshed(client, pair))
    refreshed(client, pair, 401)
    assert other.get("/api/v1/stores").status_code == 200


def test_all_that_ask_at_once_get_one_pair(app: HoldfastApp, client: FlaskClient, pair: Pair, sql: Any) -> None:
    answers = at_once(app, 8, lambda _: app.test_client().post(REFRESH, json={"refresh_token": pair["refresh_token"]}))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.text for answer in answers}) == 1
    sql.execute("SELECT generation, ended_at FROM sessions")
    assert sql.fetchall() == [(1, None)]
    assert lives(client, answers[0].get_json())


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE sessions SET expires_at = clock_timestamp() - interval '1 ms'",
        "UPDATE sessions SET ended_at = clock_timestamp()",
        "UPDATE sessions SET seed = 'another'",
        "UPDATE sessions SET kind = 'console'",
        "DELETE FROM sessions",
        "UPDATE users SET is_active = false",
    ],
)
def test_a_refresh_token_ends_with_its_session_and_its_user(
    client: FlaskClient, pair: Pair, sql: Any, end: str
) -> None:
    sql.execute(end)
    assert refreshed(client, pair, 401)["code"] == "refresh_refused"


def test_a_made_up_token_neither_refreshes_nor_revokes(client: FlaskClient, pair: Pair) -> None:
    session, generation, code = pair["refresh_token"].split(".")
    refreshed(client, pair)
    wrong = [
        f"{session}.{generation}.{'A' * 43}",
        f"{session}.1.{code}",
        f"{session}.999999999.{code}",
        f"{'0' * 32}.0.{code}",
        pair["access_token"][:200],
        "x",
    ]
    for token in wrong:
        assert refreshed(client, {"refresh_token": token}, 401)["code"] == "refresh_refused", token
    assert lives(client, pair)


def test_a_refresh_token_is_no_access_token_and_an_access_token_no_refresh_token(
    client: FlaskClient, pair: Pair
) -> None:
    assert not lives(client, {"access_token": pair["refresh_token"]})
    assert client.post(REFRESH, json={"refresh_token": pair["access_token"]}).status_code in {401, 422}
    assert lives(client, refreshed(client, pair))


def test_a_session_is_not_renewed_past_its_last_day(client: FlaskClient, pair: Pair, sql: Any) -> None:
    sql.execute("UPDATE sessions SET created_at = clock_timestamp() - interval '29 days 23 hours'")
    refreshed(client, pair)
    sql.execute("SELECT expires_at = created_at + interval '30 days' FROM sessions")
    assert sql.fetchone() == (True,)


def test_a_refresh_moves_the_end_of_the_session_on(client: FlaskClient, pair: Pair, sql: Any) -> None:
    sql.execute("UPDATE sessions SET expires_at = clock_timestamp() + interval '1 s'")
    refreshed(client, pair)
    sql.execute("SELECT expires_at > clock_timestamp() + interval '23 hours' FROM sessions")
    assert sql.fetchone() == (True,)


def test_neither_the_database_nor_the_key_alone_makes_a_refresh_token(pair: Pair, sql: Any) -> None:
    sql.execute("SELECT sessions::text FROM sessions")
    assert pair["refresh_token"].split(".")[2] not in sql.fetchone()[0]


def test_logout_of_all_ends_every_session_of_the_user_and_of_nobody_else(as_role: AsRole, client: FlaskClient) -> None:
    here, there, bert = as_role("operator", "anna"), as_role("operator", "anna"), as_role("operator", "bert")
    assert here.post(LOGOUT, json={"all": True}).status_code == 204
    assert [each.get("/api/v1/stores").status_code for each in (here, there, bert)] == [401, 401, 200]
    assert there.client.get("/console/stores").status_code == 303
    assert bert.client.get("/console/stores").status_code == 200
