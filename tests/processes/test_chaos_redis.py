"""Redis only carries messages: whatever becomes of it under load, the shop goes on and each job is done once."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.processes.crew import AT_REST_AFTER, HEAVY_WORKER, SCHEDULER, WORKER, Crew
from tests.processes.load import under_load
from tests.processes.stack import Stack
from tests.scale import pauses, scaled

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize(("every", "seconds"), [(2, 60), (5, 300)])
def test_redis_emptied_again_and_again(web: Stack, crew: Crew, every: int, seconds: int) -> None:
    with under_load(web, crew) as clients:
        for pause in pauses(every=every, seconds=seconds):
            web.redis.flushall()
            crew.during(pause)
    assert (clients.cut, clients.unknown) == (0, [])


@contextmanager
def gone(stack: Stack) -> Iterator[None]:
    """Redis is killed, and back after the block."""
    stack.valkey.kill()
    try:
        yield
    finally:
        stack.valkey.start()


@contextmanager
def hanging(stack: Stack) -> Iterator[None]:
    """Redis stands still during the block."""
    os.kill(stack.valkey.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(stack.valkey.pid, signal.SIGCONT)


@contextmanager
def full(stack: Stack) -> Iterator[None]:
    """Redis takes no writes during the block."""
    stack.redis.config_set("maxmemory", "1")
    try:
        yield
    finally:
        stack.redis.config_set("maxmemory", "0")


@pytest.mark.parametrize(
    ("outage", "noticed"),
    [(gone, "relay waits"), (hanging, "relay waits"), (full, '"OutOfMemoryError"')],
    ids=["gone", "hanging", "full"],
)
def test_redis_away_for_a_while(
    web: Stack, crew: Crew, outage: Callable[[Stack], AbstractContextManager[None]], noticed: str
) -> None:
    with under_load(web, crew) as clients:
        with outage(web):
            began = time.monotonic()
            crew.during(scaled(10))
            crew.until(lambda: crew.said(noticed), "the relay has noticed")
            crew.until(lambda: clients.promised_since(began) > 0, "the shop goes on without it")
        back = time.monotonic()
        crew.until(lambda: clients.promised_since(back) > 0, "the shop goes on")
    assert (clients.cut, clients.unknown) == (0, [])


def test_two_schedulers_whose_schedules_are_deleted_again_and_again(web: Stack, crew: Crew) -> None:
    for role in (SCHEDULER, SCHEDULER, WORKER, HEAVY_WORKER):
        crew.keep(*role)
    with under_load(web, crew):
        for _ in range(scaled(30)):
            keys = crew.until(lambda: web.redis.keys("rq:scheduler*"), "the schedules are kept")
            web.redis.delete(*keys)
            web.sql("UPDATE schedules SET last_slot = last_slot - interval '1 day' WHERE name = 'jobs.beat'")
            crew.until(lambda: beaten_lately(web), "the clock rings", AT_REST_AFTER)


def beaten_lately(stack: Stack) -> bool:
    """Whether the last beat was within this quarter of a minute."""
    return stack.sql("""
        SELECT count(*) FROM schedules
        WHERE name = 'jobs.beat' AND last_slot BETWEEN clock_timestamp() - interval '15 s' AND clock_timestamp()
    """) == [(1,)]
