"""A cached answer is never older than the last write, with and without Redis."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.core import cache, db
from app.core.redis import Doorbell
from app.core.web import HoldfastApp, settings_of


class Thing:
    """Something in the database, read through the cache."""

    def __init__(self, sql: Any) -> None:
        """Version 0 was written by nobody."""
        self.sql, self.value, self.reads = sql, 0, 0

    def produce(self) -> bytes:
        self.reads += 1
        return b"%d" % self.value

    def read(self) -> bytes:
        with db.statement():
            return cache.kept("things", "key", self.produce)

    def write(self, *, fails: bool = False) -> None:
        with db.transaction():
            cache.changed("things")
            if fails:
                raise ZeroDivisionError
            self.value += 1


@pytest.fixture
def thing(app: HoldfastApp, clean: None, sql: Any) -> Iterator[Thing]:
    """A thing that nobody has read."""
    with app.app_context():
        yield Thing(sql)


@pytest.fixture
def without_redis(app: HoldfastApp, thing: Thing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is gone after the thing was made."""
    monkeypatch.setitem(app.extensions, "holdfast.redis", Doorbell(replace(settings_of(app), redis_url="")))


def test_an_answer_is_kept_until_something_changes(thing: Thing) -> None:
    for value in range(4):
        assert [thing.read() for _ in range(3)] == [b"%d" % value] * 3
        thing.write()
    assert thing.reads == 4


def test_keys_and_kinds_are_kept_apart(thing: Thing) -> None:
    with db.statement():
        answers = [
            cache.kept(name, key, lambda name=name, key=key: f"{name}/{key}".encode())  # type: ignore[misc]
            for _ in range(2)
            for name in ("things", "others")
            for key in ("a", "b")
        ]
    assert answers == [b"things/a", b"things/b", b"others/a", b"others/b"] * 2


def test_an_answer_read_before_a_write_is_not_found_after_it(thing: Thing) -> None:
    def slow_reader() -> bytes:
        old = thing.produce()
        thing.sql.execute("INSERT INTO cache_versions (name, version) VALUES ('things', 1)")
        thing.value += 1
        return old

    with db.statement():
        assert cache.kept("things", "key", slow_reader) == b"0"
    assert thing.read() == b"1"


def test_a_writer_that_is_rolled_back_moves_nothing(thing: Thing) -> None:
    thing.read()
    with pytest.raises(ZeroDivisionError):
        thing.write(fails=True)
    assert thing.read() == b"0"
    assert thing.reads == 1


def test_a_flushed_redis_costs_one_query(app: HoldfastApp, thing: Thing) -> None:
    thing.read()
    app.extensions["holdfast.redis"].client.flushdb()
    assert [thing.read(), thing.read()] == [b"0", b"0"]
    assert thing.reads == 2


@pytest.mark.usefixtures("without_redis")
def test_without_redis_the_answers_are_the_same(thing: Thing) -> None:
    for value in range(3):
        assert [thing.read(), thing.read()] == [b"%d" % value] * 2
        thing.write()
    assert thing.reads == 6


def test_what_is_kept_does_not_stay_for_ever(app: HoldfastApp, thing: Thing) -> None:
    thing.read()
    redis = app.extensions["holdfast.redis"].client
    assert [0 < redis.ttl(key) <= cache.TTL_SECONDS for key in redis.keys("cache:*")] == [True]
