"""Worker and scheduler: ticks go on, whatever is killed or forgotten."""

import signal
import time
from collections.abc import Callable, Iterator
from copy import copy
from pathlib import Path
from typing import Any

import pytest
import redis

from app.jobs.schedules import RINGS
from devstack.valkey import Valkey
from tests.processes.stack import PATIENCE, Stack, eventually

SCHEDULED = "rq:scheduler:scheduled_jobs"
QUEUE = "rq:queue:quick"


@pytest.fixture
def empty(stack: Stack) -> Iterator[Stack]:
    """A Redis in which nothing is known."""
    stack.redis.flushall()
    yield stack
    stack.abandon_jobs()
    stack.redis.flushall()


def remember_an_old_key(stack: Stack) -> None:
    """An answer that should have been forgotten a while ago, and a schedule that has not looked today."""
    stack.sql("""
        INSERT INTO idempotency_keys (user_id, route, key, fingerprint, status, body, created_at)
        VALUES (1, 'r', 'old', 'f', 201, '{}', clock_timestamp() - interval '25 hours'),
               (1, 'r', 'new', 'f', 201, '{}', clock_timestamp()) ON CONFLICT DO NOTHING;
        UPDATE schedules SET last_slot = last_slot - interval '1 day'
    """)


def the_old_key_is_forgotten(stack: Stack) -> None:
    """Returns when the purge has run, and only on what is old."""
    keys = "SELECT key FROM idempotency_keys WHERE route = 'r'"
    eventually(lambda: stack.sql(keys) == [("new",)], "the old key is forgotten", 2 * PATIENCE)


def make_due(stack: Stack, at: float = 0.0) -> None:
    """Every tick is due at that moment, or at once."""
    ticks: Any = stack.redis.zrange(SCHEDULED, 0, -1)
    for tick in ticks:
        stack.redis.zadd(SCHEDULED, {tick: at})


def rung(stack: Stack) -> bool:
    """Whether every tick is known and none is due any more."""
    known: Any = stack.redis.zrange(SCHEDULED, 0, -1, withscores=True)
    return len(known) == len(RINGS) and min(score for _, score in known) > 1


def each_tick_waits_once(stack: Stack) -> bool:
    """Whether the queue holds every tick, and none twice; jobs that another test left may wait there too."""
    messages: Any = stack.redis.lrange(QUEUE, 0, -1)
    waiting = sorted(message for message in messages if message.startswith(b"ring-"))
    return waiting == sorted(f"ring-{seconds}".encode() for seconds in RINGS)


def test_ticks_go_on_after_redis_forgot_them_and_after_a_new_scheduler(empty: Stack) -> None:
    with empty.running("worker.py"):
        with empty.running("scheduler.py"):
            remember_an_old_key(empty)
            the_old_key_is_forgotten(empty)
            for lost in (b"rq:job:*", b"*"):
                remember_an_old_key(empty)
                empty.redis.delete(*empty.redis.keys(lost))
                make_due(empty)
                the_old_key_is_forgotten(empty)
        empty.redis.flushall()
        remember_an_old_key(empty)
        with empty.running("scheduler.py"):
            the_old_key_is_forgotten(empty)


def test_ticks_that_a_scheduler_ahead_of_time_has_left_are_rung_at_once(empty: Stack) -> None:
    with empty.running("worker.py"), empty.running("scheduler.py"):
        remember_an_old_key(empty)
        the_old_key_is_forgotten(empty)
        eventually(lambda: rung(empty) and not empty.redis.llen(QUEUE), "no ring is under way")
        remember_an_old_key(empty)
        make_due(empty, time.time() + 600)
        the_old_key_is_forgotten(empty)


def test_two_schedulers_ring_as_one(empty: Stack) -> None:
    with empty.running("scheduler.py"), empty.running("scheduler.py"):
        eventually(lambda: len(empty.redis.keys("rq:scheduler_instance:*")) == 2, "both schedulers run")
        eventually(lambda: rung(empty), "the first ring")
        make_due(empty)
        eventually(lambda: rung(empty), "another ring")
        assert each_tick_waits_once(empty)
        with empty.running("worker.py"):
            remember_an_old_key(empty)
            the_old_key_is_forgotten(empty)


def test_ticks_do_not_pile_up_while_no_worker_runs(empty: Stack) -> None:
    with empty.running("scheduler.py"):
        for _ in range(3):
            eventually(lambda: rung(empty), "a ring")
            make_due(empty)
        eventually(lambda: rung(empty), "the last ring")
        assert each_tick_waits_once(empty)


def test_a_worker_that_was_killed_is_followed_by_another(empty: Stack) -> None:
    with empty.running("scheduler.py"):
        with empty.running("worker.py") as worker:
            remember_an_old_key(empty)
            the_old_key_is_forgotten(empty)
            worker.send_signal(signal.SIGKILL)
            worker.wait(60)
        remember_an_old_key(empty)
        make_due(empty)
        with empty.running("worker.py"):
            the_old_key_is_forgotten(empty)


def is_idle(stack: Stack) -> bool:
    """Whether a worker waits for work: from then on it listens to signals (RQ registers it a moment before)."""
    workers: Any = stack.redis.smembers("rq:workers")
    return any(stack.redis.hget(worker, "state") == b"idle" for worker in workers)


def is_ringing(stack: Stack) -> bool:
    """Whether a scheduler looks at its clock."""
    return bool(stack.redis.exists(SCHEDULED))


@pytest.fixture
def own(stack: Stack, tmp_path: Path) -> Iterator[Stack]:
    """A Redis of this test's own, which may be killed."""
    with Valkey(tmp_path) as valkey:
        made = copy(stack)
        made.valkey, made.redis, made.output = valkey, redis.Redis.from_url(valkey.url(0)), tmp_path / "output"
        made.environment = stack.environment | {"REDIS_URL": valkey.url(0)}
        yield made


def takes_a_message(stack: Stack) -> Callable[[], bool]:
    """Whether somebody takes what is put into the queue now."""
    stack.redis.lpush(QUEUE, "nothing")
    return lambda: not stack.redis.llen(QUEUE)


def enters_its_rings(stack: Stack) -> Callable[[], bool]:
    """Whether somebody enters again what is taken out now."""
    stack.redis.delete(SCHEDULED)
    return lambda: is_ringing(stack)


@pytest.mark.parametrize(
    ("program", "runs", "works"),
    [("worker.py", is_idle, takes_a_message), ("scheduler.py", is_ringing, enters_its_rings)],
    ids=["worker", "scheduler"],
)
def test_a_program_waits_for_a_redis_that_is_gone_and_can_be_asked_to_end_meanwhile(
    own: Stack, program: str, runs: Callable[[Stack], bool], works: Callable[[Stack], Callable[[], bool]]
) -> None:
    own.valkey.kill()
    with own.running(program) as running:
        eventually(lambda: "redis is waited for" in own.output.read_text(), "it waits at its start")
        for _ in range(2):
            own.valkey.start()
            eventually(lambda: runs(own), "it runs")
            eventually(works(own), "it works")
            own.valkey.kill()
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0


DEAF = """
import logging, os, signal
from rq.exceptions import StopRequested
from app.factory import create_app
from app.jobs.worker import run

class Deaf(logging.Handler):
    def emit(self, record):
        logging.getLogger("rq.worker").removeHandler(self)
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except StopRequested:
            os.write(2, b"the word is lost\\n")

logging.getLogger("rq.worker").addHandler(Deaf())
run(create_app(for_jobs=True))
"""


def test_a_worker_that_is_asked_to_end_in_the_middle_of_a_log_line_ends(own: Stack) -> None:
    with own.running("-c", DEAF) as running:
        eventually(lambda: is_idle(own), "it runs")
        own.valkey.kill()
        eventually(lambda: "the word is lost" in own.output.read_text(), "what the signal raised is swallowed")
        assert running.wait(30) == 0


@pytest.mark.parametrize(
    ("program", "runs"), [("worker.py", is_idle), ("scheduler.py", is_ringing)], ids=["worker", "scheduler"]
)
def test_a_program_that_is_asked_to_end_ends_soon(empty: Stack, program: str, runs: Callable[[Stack], bool]) -> None:
    with empty.running(program) as running:
        eventually(lambda: runs(empty), "it runs")
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
