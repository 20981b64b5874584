"""A limit in PostgreSQL lets through exactly so many, however many ask at once."""

from typing import Any

import pytest

from app.core import db, throttle
from app.core.throttle import Limit
from app.core.web import HoldfastApp
from tests.api.parallel import at_once

pytestmark = pytest.mark.usefixtures("clean")


def take(*limits: Limit) -> int:
    with db.statement():
        return throttle.take(limits)


def test_a_limit_is_reached_and_says_how_long_to_wait(app: HoldfastApp) -> None:
    with app.app_context():
        assert [take(Limit("a", 2, 60)) for _ in range(2)] == [0, 0]
        assert 58 <= take(Limit("a", 2, 60)) <= 60
        assert take(Limit("b", 2, 60)) == 0


def test_a_hundred_at_once_pass_exactly_as_often_as_allowed(app: HoldfastApp) -> None:
    waits = at_once(app, 8, lambda _: [take(Limit("a", 30, 60), Limit("b", 1000, 60)) for _ in range(13)])
    assert sum(wait == 0 for batch in waits for wait in batch) == 30


def test_a_closed_key_leaves_the_others_uncounted_and_the_window_as_it_is(app: HoldfastApp, sql: Any) -> None:
    with app.app_context():
        take(Limit("a", 1, 60))
        sql.execute("SELECT taken, ends_at FROM throttles")
        before = sql.fetchall()
        assert take(Limit("a", 1, 60), Limit("b", 9, 60)) > 0
        sql.execute("SELECT taken, ends_at FROM throttles")
        assert sql.fetchall() == before


def test_a_new_window_begins_when_the_last_one_ended(app: HoldfastApp, sql: Any) -> None:
    with app.app_context():
        assert [take(Limit("a", 1, 60)) > 0 for _ in range(2)] == [False, True]
        sql.execute("UPDATE throttles SET ends_at = clock_timestamp() - interval '1 ms'")
        assert [take(Limit("a", 1, 60)) > 0 for _ in range(2)] == [False, True]


def test_what_is_given_back_can_be_taken_again_but_no_more(app: HoldfastApp) -> None:
    with app.app_context():
        take(Limit("a", 1, 60))
        with db.transaction():
            for _ in range(3):
                throttle.give_back("a")
        assert [take(Limit("a", 1, 60)) > 0 for _ in range(2)] == [False, True]


def test_forgetting_takes_a_prefix_as_it_is_written(app: HoldfastApp, sql: Any) -> None:
    with app.app_context():
        for key in ("user:1:", "user:1:from:x", "user:12:", "user_1:"):
            take(Limit(key, 1, 60))
        with db.transaction():
            assert throttle.forget("user:1:") == 2
            assert throttle.forget("user_") == 1
    sql.execute("SELECT key FROM throttles")
    assert sql.fetchall() == [("user:12:",)]


def test_windows_long_over_are_forgotten(app: HoldfastApp, sql: Any) -> None:
    with app.app_context():
        take(Limit("a", 1, 60), Limit("b", 1, 60))
        sql.execute("UPDATE throttles SET ends_at = ends_at - interval '2 hours' WHERE key = 'a'")
        with db.transaction():
            assert throttle.purge() == 1
