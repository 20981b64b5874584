"""A Redis that hangs is waited for once, briefly, and then left alone for a while."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis as client

from app.core import redis
from app.core.redis import PAUSE, Doorbell
from app.core.settings import Settings, load
from devstack.valkey import Valkey


def at(server: Valkey) -> Settings:
    """The settings that name this server."""
    return load({"HOLDFAST_ENV": "test", "REDIS_URL": server.url(0)})


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server of this test's own, which holds a=1 and b=2."""
    with Valkey(tmp_path, durable=False) as server:
        assert server.pid
        redis.connect(at(server)).mset({"a": "1", "b": "2"})
        yield server
        os.kill(server.pid, signal.SIGCONT)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        """Start somewhere."""
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which Redis is left alone."""
    made = Clock()
    monkeypatch.setattr(redis, "monotonic", made)
    return made


def ask(doorbell: Doorbell, key: str = "a") -> object:
    return doorbell.ask(lambda server: server.get(key), None)


def hang(valkey: Valkey) -> None:
    assert valkey.pid
    os.kill(valkey.pid, signal.SIGSTOP)


def test_a_redis_that_hangs_is_given_up_and_then_left_alone(valkey: Valkey, clock: Clock) -> None:
    doorbell = Doorbell(at(valkey))
    assert ask(doorbell) == b"1"
    hang(valkey)
    assert ask(doorbell) is None
    asked: list[str] = []
    assert doorbell.ask(lambda _: asked.append("again"), None) is None
    assert asked == []


def test_who_would_rather_wait_than_not_know_hears_one_that_is_slow(valkey: Valkey) -> None:
    doorbell = Doorbell(at(valkey))
    hang(valkey)
    assert ask(doorbell) is None
    doorbell = Doorbell(at(valkey))
    with doorbell.patient(), ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, doorbell)
        with pytest.raises(TimeoutError):
            asked.result(5 * redis.PATIENCE)
        os.kill(valkey.pid, signal.SIGCONT)
        assert asked.result() == b"1"


def test_a_redis_that_hangs_before_the_first_use_is_given_up(valkey: Valkey) -> None:
    doorbell = Doorbell(at(valkey))
    hang(valkey)
    assert ask(doorbell) is None


def test_after_the_pause_it_is_asked_again_and_a_late_answer_goes_to_nobody(valkey: Valkey, clock: Clock) -> None:
    doorbell = Doorbell(at(valkey))
    ask(doorbell)
    hang(valkey)
    assert ask(doorbell, "a") is None
    assert valkey.pid
    os.kill(valkey.pid, signal.SIGCONT)
    assert ask(doorbell, "b") is None
    clock.now += PAUSE + 0.001
    assert ask(doorbell, "b") == b"2"


def test_a_redis_that_was_killed_is_found_again_after_its_return(valkey: Valkey, clock: Clock) -> None:
    doorbell = Doorbell(at(valkey))
    ask(doorbell)
    valkey.kill()
    assert ask(doorbell) is None
    valkey.start()
    clock.now += PAUSE + 0.001
    assert doorbell.ask(lambda server: server.ping(), False) is True


def test_a_fault_of_ours_is_not_blamed_on_redis(valkey: Valkey) -> None:
    with pytest.raises(ZeroDivisionError):
        Doorbell(at(valkey)).ask(lambda _: 1 // 0, 0)


def test_who_has_no_patience_to_give_waits_as_long_as_it_takes(valkey: Valkey) -> None:
    options = redis.connect(at(valkey)).connection_pool.connection_kwargs
    assert options["socket_timeout"] is None
    with pytest.raises(client.RedisError):
        redis.connect(load({"HOLDFAST_ENV": "test"}), patience=0.1).ping()
