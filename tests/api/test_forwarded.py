"""Nobody chooses where they come from, and no name of a host that was sent along is ever said again."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from app.core.roles import Role
from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.factory import create_app
from app.identity.principals import COOKIE
from tests.api.browsing import csrf_token
from tests.api.conftest import AsRole
from tests.api.routes import Route, routes
from tests.callers import PASSWORD, Caller, make_user

LOGIN = "/api/v1/auth/login"
PEER, REAL, FORGED = "10.0.0.1", "203.0.113.5", "192.0.2.66"
EVIL = "evil.example"
MISLEADING = {
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Forwarded-Prefix": f"//{EVIL}",
    "X-Forwarded-Proto": f"https://{EVIL}",
    "X-Forwarded-Port": "1",
    "X-Original-URL": f"//{EVIL}/",
    "X-Rewrite-URL": f"//{EVIL}/",
    "X-Host": EVIL,
    "Forwarded": f"for={FORGED};host={EVIL};proto=https",
}


@pytest.fixture
def behind(app: HoldfastApp, clean: None, chosen: Settings) -> Any:
    """A maker of applications behind so many trusted proxies; three failures of an account are allowed."""
    make_user(app, Role.OPERATOR, "anna")

    def make(hops: int) -> HoldfastApp:
        return create_app(replace(chosen, trusted_proxy_hops=hops, login_failures_per_account=3))

    return make


def tried(app: HoldfastApp, forwarded: str, password: str = "wrong", **headers: str) -> int:
    return (
        app.test_client()
        .post(
            LOGIN,
            json={"username": "anna", "password": password},
            headers={"X-Forwarded-For": forwarded, **headers},
            environ_base={"REMOTE_ADDR": PEER},
        )
        .status_code
    )


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, REAL, PEER),
        (0, f"{FORGED}, {REAL}", PEER),
        (1, REAL, REAL),
        (1, f"{FORGED}, {REAL}", REAL),
        (1, f"{FORGED}, {FORGED}, {REAL}", REAL),
        (2, f"{REAL}, {PEER}", REAL),
        (2, f"{FORGED}, {REAL}, {PEER}", REAL),
        (2, FORGED, PEER),
        (1, "", PEER),
        (1, "<script>", PEER),
        (2, f"' OR 1=1 --, {REAL}", PEER),
    ],
)
def test_a_session_is_written_down_under_the_address_that_trusted_proxies_saw(
    behind: Any, sql: Any, hops: int, forwarded: str, address: str
) -> None:
    assert tried(behind(hops), forwarded, PASSWORD, Forwarded=f"for={FORGED}", **{"X-Real-IP": FORGED}) == 200
    sql.execute("SELECT address FROM sessions")
    assert sql.fetchall() == [(address,)]


def test_a_thousand_addresses_before_one_trusted_proxy_do_not_help_against_one_account(behind: Any) -> None:
    app = behind(1)
    answers = [tried(app, f"{FORGED}, 10.{n % 250}.{n // 250}.7") for n in range(1000)]
    assert answers == [401] * 3 + [429] * 997


def test_the_addresses_that_a_caller_makes_up_are_one(behind: Any, sql: Any) -> None:
    app = behind(1)
    assert {tried(app, f"10.0.0.{n}, {REAL}") for n in range(20)} == {401, 429}
    sql.execute("SELECT key FROM throttles WHERE key LIKE 'login:address:%%'")
    assert sql.fetchall() == [(f"login:address:{REAL}",)]


@pytest.fixture(scope="session")
def proxied(app: HoldfastApp, chosen: Settings) -> HoldfastApp:
    """The application behind one trusted proxy."""
    return create_app(replace(chosen, trusted_proxy_hops=1))


@pytest.mark.parametrize("route", [route for route in routes() if route.method == "GET"], ids=str)
def test_no_answer_says_a_host_that_was_sent_along(
    route: Route, as_role: AsRole, app: HoldfastApp, proxied: HoldfastApp
) -> None:
    caller = as_role(route.role)
    cookie = caller.client.get_cookie(COOKIE, path="/console")
    assert cookie
    known = {"Authorization": f"Bearer {caller.token}", "Cookie": f"{COOKIE}={cookie.value}"}
    for asked, headers in ((app, MISLEADING | {"Host": EVIL}), (proxied, MISLEADING)):
        client = asked.test_client(use_cookies=False)
        for who in (known, {"Accept": "text/html"}):
            answer = client.get(route.path(), headers=headers | who, buffered=True)
            assert EVIL.encode() not in answer.data + str(answer.headers).encode()


def test_no_mail_and_no_way_back_says_a_host_that_was_sent_along(staff: Caller, proxied: HoldfastApp, sql: Any) -> None:
    form = {"recipient": "anna@example.test", "csrf_token": csrf_token(staff.client, "/console/stores")}
    staff.client.application = proxied
    sent = staff.client.post("/console/emails/test", data=form, headers=MISLEADING)
    assert sent.status_code == 303, sent.text
    sql.execute("SELECT html || text || subject || message_id FROM emails")
    ((said,),) = sql.fetchall()
    assert EVIL not in said + str(sent.headers)


@pytest.mark.parametrize("host", ["evil.example/console", "a b", "<b>", "localhost:x", "a" * 300, "[::1", "@", ""])
def test_a_host_that_is_none_is_no_fault_of_ours(staff: Caller, host: str) -> None:
    for path in ("/console/stores", "/api/v1/stores?limit=1", f"/console/login?next={quote('/console/')}"):
        assert staff.client.get(path, headers={"Host": host}).status_code in {200, 303, 400}
