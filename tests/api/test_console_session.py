"""A console login lasts while it is used, gets a new token at each login, and ends at its last day."""

from typing import Any

from flask.testing import FlaskClient

from app.core.roles import Role
from app.core.web import HoldfastApp
from app.identity.principals import COOKIE
from tests.api.browsing import csrf_token
from tests.api.conftest import AsRole
from tests.callers import PASSWORD, Caller, make_user


def cookie_of(client: FlaskClient) -> str:
    found = client.get_cookie(COOKIE, path="/console")
    assert found
    return found.value


def left(sql: Any) -> float:
    sql.execute("SELECT extract(epoch FROM expires_at - clock_timestamp()) / 3600 FROM sessions WHERE kind = 'console'")
    return float(sql.fetchone()[0])


def used(staff: Caller) -> bool:
    """Whether a page was answered with the cookie anew."""
    answer = staff.client.get("/console/stores")
    assert answer.status_code == 200
    return any(COOKIE in header for header in answer.headers.getlist("Set-Cookie"))


def test_a_session_in_its_first_half_is_left_as_it_is(staff: Caller, sql: Any) -> None:
    sql.execute("UPDATE sessions SET expires_at = clock_timestamp() + interval '7 hours'")
    assert not used(staff)
    assert left(sql) < 7.01


def test_a_session_in_its_second_half_gets_its_full_time_again(staff: Caller, sql: Any) -> None:
    before = cookie_of(staff.client)
    sql.execute("UPDATE sessions SET expires_at = clock_timestamp() + interval '5 hours'")
    assert used(staff)
    assert left(sql) > 11.9
    assert cookie_of(staff.client) == before
    assert not used(staff)


def test_no_use_prolongs_a_session_past_its_last_day(staff: Caller, sql: Any) -> None:
    sql.execute(
        "UPDATE sessions SET created_at = clock_timestamp() - interval '29 days 23 hours',"
        " expires_at = clock_timestamp() + interval '10 minutes'"
    )
    assert used(staff)
    assert 0.9 < left(sql) < 1.1
    assert not used(staff)


def test_an_ended_session_is_not_prolonged(staff: Caller, sql: Any) -> None:
    sql.execute("UPDATE sessions SET ended_at = clock_timestamp(), expires_at = clock_timestamp() + interval '5 hours'")
    assert staff.client.get("/console/stores").status_code == 303
    assert left(sql) < 5.01


def test_a_login_never_takes_over_a_token_that_the_browser_had(app: HoldfastApp, as_role: AsRole, sql: Any) -> None:
    make_user(app, Role.OPERATOR, "anna")
    planted = cookie_of(as_role(Role.VIEWER).client)
    victim = app.test_client()
    victim.set_cookie(COOKIE, planted, path="/console")
    victim.delete_cookie(COOKIE, path="/console")
    form = {"username": "anna", "password": PASSWORD, "csrf_token": csrf_token(victim)}
    victim.set_cookie(COOKIE, planted, path="/console")
    assert victim.post("/console/login", data=form).status_code == 303
    assert cookie_of(victim) != planted
    sql.execute("SELECT count(*) FROM sessions JOIN users ON users.id = user_id WHERE username = 'anna'")
    assert sql.fetchone() == (1,)


def test_a_form_token_that_was_planted_before_the_login_is_worth_nothing_after_it(
    app: HoldfastApp, clean: None
) -> None:
    make_user(app, Role.OPERATOR, "anna")
    attacker, victim = app.test_client(), app.test_client()
    known = csrf_token(attacker)
    planted = attacker.get_cookie("holdfast_form", path="/console")
    assert planted
    victim.set_cookie("holdfast_form", planted.value, path="/console")
    form = {"username": "anna", "password": PASSWORD, "csrf_token": known}
    assert victim.post("/console/login", data=form).status_code == 303
    assert victim.post("/console/theme", data={"theme": "dark", "csrf_token": known}).status_code == 400
    token = csrf_token(victim, "/console/stores")
    assert victim.post("/console/theme", data={"theme": "dark", "csrf_token": token}).status_code == 303


def test_a_cookie_that_was_made_up_opens_nothing_and_is_not_taken_over(app: HoldfastApp, clean: None) -> None:
    make_user(app, Role.OPERATOR, "anna")
    client = app.test_client()
    for made_up in ("x", "A" * 43, "0" * 4000, "' OR '1'='1", "%00"):
        client.set_cookie(COOKIE, made_up, path="/console")
        assert client.get("/console/stores").status_code == 303
        form = {"username": "anna", "password": PASSWORD, "csrf_token": csrf_token(client)}
        assert client.post("/console/login", data=form).status_code == 303
        assert cookie_of(client) != made_up
        client.delete_cookie("holdfast_form", path="/console")


def test_signing_out_ends_the_session_and_not_only_the_cookie(as_role: AsRole) -> None:
    staff = as_role(Role.OPERATOR)
    kept = cookie_of(staff.client)
    staff.client.post("/console/logout", data={"csrf_token": csrf_token(staff.client, "/console/stores")})
    staff.client.set_cookie(COOKIE, kept, path="/console")
    assert staff.client.get("/console/stores").status_code == 303
