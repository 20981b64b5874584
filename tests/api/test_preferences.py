"""Preferences belong to a user, come with every page, and are nobody else's business."""

import re
from typing import Any

import pytest
from sqlalchemy import event

from app.core import db
from app.core.roles import Role
from app.core.web import HoldfastApp
from app.identity.principals import COOKIE
from tests.api.browsing import csrf_token
from tests.api.conftest import DEMO_PASSWORD, AsRole
from tests.callers import Caller

HERE = "/console/settings/preferences"
CHOSEN = {"zone": "America/New_York", "theme": "dark", "shortcuts": "true"}
NEW = "another long secret"


@pytest.fixture
def ben(as_role: AsRole) -> Caller:
    return as_role(Role.VIEWER, "ben")


def sent(caller: Caller, path: str = HERE, **form: str) -> Any:
    return caller.client.post(path, data=form | {"csrf_token": csrf_token(caller.client, HERE)})


def shown(caller: Caller, path: str = HERE) -> str:
    answer = caller.client.get(path)
    assert answer.status_code == 200
    return str(answer.text)


def theme_of(text: str) -> str:
    found = re.search(r'data-theme="(\w+)"', text)
    assert found
    return found[1]


def test_what_was_chosen_holds_in_every_browser_of_the_user_and_no_other(ben: Caller, as_role: AsRole) -> None:
    assert sent(ben, **CHOSEN).status_code == 303
    for caller, theme in ((ben, "dark"), (as_role("viewer", "ben"), "dark"), (as_role("viewer", "cleo"), "system")):
        assert theme_of(shown(caller, "/console/stores")) == theme
    text = shown(ben)
    assert 'value="America/New_York"' in text
    assert 'data-shortcuts="off"' not in text


def test_a_zone_that_does_not_exist_is_refused_and_nothing_is_kept(ben: Caller) -> None:
    answer = sent(ben, **CHOSEN | {"zone": "Mars/Olympus"})
    assert (answer.status_code, "IANA time zone" in answer.text) == (422, True)
    assert theme_of(shown(ben)) == "system"


def test_no_zone_is_a_choice(ben: Caller) -> None:
    sent(ben, **CHOSEN)
    assert sent(ben, **CHOSEN | {"zone": ""}).status_code == 303
    assert "America/New_York · " not in shown(ben)
    assert 'name="zone"' in shown(ben)


def test_times_say_what_they_are_for_the_reader(ben: Caller, sql: Any) -> None:
    sql.execute("UPDATE sessions SET created_at = '2026-07-01 03:30:00+00' WHERE kind = 'console'")
    sent(ben, **CHOSEN)
    assert 'title="2026-07-01 03:30:00 UTC · 01 Jul 2026, 03:30 UTC · 30 Jun 2026, 23:30 America/New_York"' in shown(
        ben
    )
    sent(ben, **CHOSEN | {"zone": ""})
    assert 'title="2026-07-01 03:30:00 UTC · 01 Jul 2026, 03:30 UTC"' in shown(ben)


def test_the_theme_stays_with_the_browser_after_signing_out(ben: Caller) -> None:
    sent(ben, **CHOSEN)
    sent(ben, "/console/logout")
    assert theme_of(ben.client.get("/console/login").text) == "dark"


def test_the_theme_of_the_account_menu_is_the_preference(ben: Caller, as_role: AsRole) -> None:
    sent(ben, "/console/theme", theme="light", next="/console/stores")
    assert theme_of(shown(as_role("viewer", "ben"))) == "light"
    sent(ben, "/console/theme", theme="pink", next="/console/stores")
    assert theme_of(shown(ben)) == "light"


def test_a_preference_comes_before_what_another_user_left_in_the_browser(ben: Caller) -> None:
    ben.client.set_cookie("holdfast_theme", "dark")
    assert theme_of(shown(ben)) == "system"


@pytest.mark.parametrize(("form", "off"), [({}, True), ({"shortcuts": "on"}, False)])
def test_single_keys_are_switched_for_good(ben: Caller, as_role: AsRole, form: dict[str, str], off: bool) -> None:
    sent(ben, f"{HERE}/shortcuts", **form)
    assert ('data-shortcuts="off"' in shown(as_role("viewer", "ben"), "/console/stores")) is off


def test_preferences_are_neither_audited_nor_a_new_version(ben: Caller, sql: Any) -> None:
    sent(ben, **CHOSEN)
    sql.execute("SELECT version FROM users WHERE username = 'ben'")
    assert sql.fetchone() == (1,)
    sql.execute("SELECT count(*) FROM audit_log WHERE action <> 'user.signed_in'")
    assert sql.fetchone() == (0,)


def test_a_customer_has_preferences_too(as_role: AsRole) -> None:
    assert sent(as_role("customer"), **CHOSEN).status_code == 303


def test_who_asks_and_what_they_prefer_is_one_query(ben: Caller, app: HoldfastApp) -> None:
    asked: list[str] = []

    def note(*given: Any) -> None:
        asked.append(given[2])

    with app.app_context():
        engine = db.db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        shown(ben, "/console/stores")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    [who] = [statement for statement in asked if "sessions" in statement]
    assert "users.zone" in who
    assert "sessions.token_hash" in who


def test_the_password_is_changed_and_the_other_sessions_end(ben: Caller, as_role: AsRole) -> None:
    other = as_role("viewer", "ben")
    form = {"current_password": DEMO_PASSWORD, "new_password": NEW, "again": NEW}
    assert sent(ben, f"{HERE}/password", **form).status_code == 303
    assert ben.client.get("/console/").status_code == 200
    assert other.client.get("/console/").status_code == 303
    login = {"username": "ben", "password": NEW}
    assert other.client.post("/api/v1/auth/login", json=login).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"current_password": "not this one"}, "current_password"),
        ({"current_password": ""}, "current_password"),
        ({"new_password": "short", "again": "short"}, "new_password"),
        ({"new_password": DEMO_PASSWORD, "again": DEMO_PASSWORD}, "new_password"),
        ({"again": f"{NEW}!"}, "again"),
    ],
)
def test_a_refused_password_is_told_at_its_field_and_ends_nothing(
    ben: Caller, as_role: AsRole, change: dict[str, str], field: str
) -> None:
    other = as_role("viewer", "ben")
    form = {"current_password": DEMO_PASSWORD, "new_password": NEW, "again": NEW} | change
    answer = sent(ben, f"{HERE}/password", **form)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)
    assert NEW not in answer.text
    assert other.client.get("/console/").status_code == 200


def ids(sql: Any, kind: str = "console") -> list[str]:
    sql.execute("SELECT id FROM sessions WHERE kind = %s AND ended_at IS NULL ORDER BY created_at", [kind])
    return [str(found) for (found,) in sql.fetchall()]


def test_one_session_is_ended_and_no_other(ben: Caller, as_role: AsRole, sql: Any) -> None:
    second, third = as_role("viewer", "ben"), as_role("viewer", "ben")
    mine, lost, kept = ids(sql)
    assert sent(ben, f"{HERE}/end-session", session=lost).status_code == 303
    assert [caller.client.get("/console/").status_code for caller in (ben, second, third)] == [200, 303, 200]
    assert ids(sql) == [mine, kept]


def test_nobody_ends_somebody_elses_session_or_in_this_way_the_own(ben: Caller, as_role: AsRole, sql: Any) -> None:
    as_role("viewer", "cleo")
    before = ids(sql)
    for session in [*before, "x", ""]:
        assert sent(ben, f"{HERE}/end-session", session=session).status_code == 303
    assert ids(sql) == before


def test_all_other_sessions_are_ended_also_of_programs(ben: Caller, as_role: AsRole, sql: Any) -> None:
    as_role("viewer", "ben")
    cleo = as_role("viewer", "cleo")
    sent(ben, f"{HERE}/end-others")
    assert ben.client.get("/console/").status_code == cleo.client.get("/console/").status_code == 200
    assert (len(ids(sql)), len(ids(sql, "api"))) == (2, 1)
    sql.execute("SELECT new FROM audit_log WHERE action = 'user.signed_out'")
    assert sql.fetchall() == [({"sessions": 3},)]


def test_the_list_marks_this_session_and_leaves_out_those_that_ended(ben: Caller, as_role: AsRole, sql: Any) -> None:
    as_role("viewer", "ben")
    sql.execute("UPDATE sessions SET expires_at = clock_timestamp() WHERE kind = 'api'")
    text = shown(ben)
    assert (text.count("This one"), text.count('name="session"')) == (1, 1)
    cookie = ben.client.get_cookie(COOKIE, path="/console")
    assert cookie
    assert cookie.value not in text
