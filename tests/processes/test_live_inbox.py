"""A customer who listens gets every notification once, also over a cut line and from a transaction that was slow."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import pytest
import requests

from tests.processes.stack import DATABASE, PASSWORD, Stack, eventually
from tests.processes.streaming import INBOX, Live, Reader, listening, live_beside

TELL = """
    INSERT INTO notifications (kind, subject_id, customer_id, day, title, body, in_app, email, suppressed)
    SELECT 'flash_promo', nextval('live_subjects'), %s, current_date, %s, repeat('x', %s), true, false, %s
    FROM generate_series(1, %s) RETURNING id
"""


@pytest.fixture
def live(web: Stack) -> Iterator[Live]:
    web.sql("CREATE SEQUENCE IF NOT EXISTS live_subjects START 700000")
    with live_beside(web) as made:
        yield made
    web.sql("DELETE FROM notifications WHERE subject_id >= 700000")
    web.sql("DROP SEQUENCE live_subjects")


@pytest.fixture
def customer(web: Stack) -> int:
    ((found,),) = web.sql("SELECT id FROM users WHERE username = 'customer1'")
    return int(found)


@pytest.fixture
def token(web: Stack) -> str:
    return token_of(web, "customer1")


def token_of(web: Stack, username: str) -> str:
    answer = web.patiently("POST", "/api/v1/auth/login", json={"username": username, "password": PASSWORD})
    token: str = answer.json()["access_token"]
    return token


def tell(web: Stack, customer: int, *, times: int = 1, size: int = 5, suppressed: str | None = None) -> list[int]:
    return [row[0] for row in web.sql(TELL, customer, "Told", size, suppressed, times)]


@contextmanager
def telling_slowly(web: Stack, customer: int) -> Iterator[tuple[Any, int]]:
    """A transaction that has told a customer and has not committed; it, and the id."""
    with closing(psycopg2.connect(web.postgres.url(DATABASE))) as slow, slow.cursor() as cursor:
        cursor.execute(TELL, [customer, "Slow", 5, None, 1])
        yield slow, cursor.fetchone()[0]  # type: ignore[index]  # RETURNING gives a row


def ids(reader: Reader) -> list[int]:
    return [told["id"] for told in reader.of("notification")]


def ready(reader: Reader) -> Reader:
    eventually(lambda: reader.of("ready"), "the stream is open")
    return reader


def test_a_customer_hears_what_is_new_and_what_is_theirs(live: Live, web: Stack, token: str, customer: int) -> None:
    tell(web, customer)
    app = ready(listening(live, token))
    ((other,),) = web.sql("SELECT id FROM users WHERE username = 'customer2'")
    tell(web, other)
    tell(web, customer, suppressed="cap")
    (new,) = tell(web, customer)
    eventually(lambda: ids(app), "the new one is told")
    assert ids(app) == [new]
    assert app.of("notification")[0]["title"] == "Told"


def test_over_a_cut_line_none_is_lost_and_none_told_twice(live: Live, web: Stack, token: str, customer: int) -> None:
    told: list[int] = []
    app = ready(listening(live, token))
    made = tell(web, customer, times=3)
    for _ in range(4):
        eventually(lambda: set(told + ids(app)) == set(made), "everything was told")  # noqa: B023 - asked at once
        told += ids(app)
        last = app.last_id
        app.close()
        made += tell(web, customer, times=2)
        app = listening(live, token, last)
    eventually(lambda: set(told + ids(app)) == set(made), "everything was told")
    live.kill()
    told, last = told + ids(app), app.last_id
    made += tell(web, customer, times=2)
    live.start()
    app = listening(live, token, last)
    eventually(lambda: set(told + ids(app)) == set(made), "everything was told")
    assert sorted(told + ids(app)) == made


def test_a_transaction_that_commits_late_is_told_and_nothing_is_told_twice(
    live: Live, web: Stack, token: str, customer: int
) -> None:
    app = ready(listening(live, token))
    with telling_slowly(web, customer) as (slow, early):
        late = tell(web, customer, times=3)
        assert early < min(late)
        eventually(lambda: ids(app) == late, "those that are visible are told without waiting for it")
        last = app.last_id
        app.close()
        again = ready(listening(live, token, last))
        slow.commit()
        eventually(lambda: ids(again), "the slow one is told")
    (after,) = tell(web, customer)
    eventually(lambda: len(ids(again)) > 1, "so is the next")
    assert ids(again) == [early, after]
    eventually(lambda: settled(live, token, again.last_id, after), "and an event id is short again")


def settled(live: Live, token: str, last: str, newest: int) -> bool:
    """Whether a stream that goes on from there needs to name one id only."""
    reader = ready(listening(live, token, last))
    fresh = ready(listening(live, token))
    short: bool = fresh.last_id == str(newest)
    reader.close()
    fresh.close()
    return short and not ids(reader)


def test_a_newcomer_hears_what_began_before_and_commits_after(
    live: Live, web: Stack, token: str, customer: int
) -> None:
    with telling_slowly(web, customer) as (slow, early):
        tell(web, customer)
        app = ready(listening(live, token))
        slow.commit()
        eventually(lambda: ids(app), "the slow one is told")
    assert ids(app) == [early]


def test_two_streams_of_one_customer_are_told_the_same(live: Live, web: Stack, token: str, customer: int) -> None:
    first = ready(listening(live, token))
    made = tell(web, customer, times=2)
    eventually(lambda: ids(first) == made, "the first was told")
    second = ready(listening(live, token, f"{made[0] - 1}.{made[0]}"))
    more = tell(web, customer, times=2)
    eventually(lambda: ids(first) == made + more, "the first was told all")
    eventually(lambda: ids(second) == [made[1], *more], "the second goes on from where it was")


def test_a_reader_who_takes_nothing_delays_nobody_and_is_let_go(
    web: Stack, live: Live, token: str, customer: int
) -> None:
    patience = {"LIVE_SEND_SECONDS": "15", "LIVE_RECHECK_SECONDS": "60"}
    with live_beside(web, **patience) as hasty, socket.socket() as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        idle.connect(("127.0.0.1", hasty.port))
        asked = f"GET {INBOX} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
        idle.sendall(asked.encode())
        eventually(lambda: hasty.figure("live_streams", stream="notifications") == 1, "it has a stream")
        app = ready(listening(hasty, token))
        made = tell(web, customer, times=60, size=200_000)
        eventually(lambda: len(ids(app)) == len(made), "the other was told everything")
        eventually(lambda: hasty.figure("live_streams", stream="notifications") == 1, "the idle one was let go")
        assert not app.ended


def test_a_stream_ends_with_its_session(live: Live, web: Stack) -> None:
    token = token_of(web, "customer2")
    app = ready(listening(live, token))
    assert web.call("POST", "/api/v1/auth/logout", token=token).status_code == 204
    eventually(lambda: app.ended, "the stream has ended")


def test_who_may_not_listen_is_told_so(live: Live, web: Stack, token: str) -> None:
    address = f"{live.url}{INBOX}"
    assert requests.get(address, timeout=30).status_code == 401
    operator = requests.get(address, headers={"Authorization": f"Bearer {web.token()}"}, timeout=30)
    assert (operator.status_code, operator.json()["code"]) == (403, "not_permitted")
    for bad in ("x", "1.x", "-1", "9" * 30, "1." * 300):
        headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": bad}
        refused = requests.get(address, headers=headers, timeout=30)
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_cursor"), bad
    elsewhere = web.call("GET", INBOX, token=token)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (421, "live_elsewhere")
