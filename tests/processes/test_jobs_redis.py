"""Redis only carries messages: whatever becomes of it, every job is done once."""

import json
import os
import pickle
from collections import Counter
from pathlib import Path

from rq.job import Job

from tests.processes.crew import NOBODY_DIES, SCHEDULER, WORKER, Crew, ask, effects, states
from tests.processes.stack import Stack, eventually

QUEUE = "rq:queue:quick"


def all_done(stack: Stack, crew: Crew, keys: list[str]) -> None:
    """Returns when all are done; each has had its effect once."""
    crew.until(lambda: states(stack) == {"done": len(keys)}, "all are done")
    assert effects(stack) == Counter(keys)


def test_messages_that_are_lost_before_anybody_takes_them_are_sent_again(stack: Stack, crew: Crew) -> None:
    keys = ask(stack, "probe.effect", 30) + ask(stack, "probe.batch", 60)
    crew.keep(*SCHEDULER)
    eventually(lambda: stack.redis.llen(QUEUE) >= 3, "the messages are sent")
    stack.redis.flushall()
    crew.keep(*WORKER)
    all_done(stack, crew, keys)


def test_what_a_full_redis_refused_does_not_wait_until_the_offer_is_over(stack: Stack, crew: Crew) -> None:
    crew.environment |= {"JOBS_OFFER_SECONDS": "3600"}
    stack.redis.config_set("maxmemory", "1")
    try:
        keys = ask(stack, "probe.effect", 30)
        crew.keep(*SCHEDULER)
        crew.until(lambda: crew.said('"fault":"OutOfMemoryError"'), "the relay was refused")
    finally:
        stack.redis.config_set("maxmemory", "0")
    crew.keep(*WORKER)
    all_done(stack, crew, keys)


def test_two_schedulers_hand_out_each_job_once(stack: Stack, crew: Crew) -> None:
    crew.environment |= NOBODY_DIES
    keys = ask(stack, "probe.effect", 300)
    for role in (SCHEDULER, SCHEDULER, WORKER, WORKER):
        crew.keep(*role)
    crew.until(lambda: len(stack.redis.keys("rq:scheduler_instance:*")) == 2, "both schedulers run")
    keys += ask(stack, "probe.batch", 300)
    all_done(stack, crew, keys)
    assert {attempts for (attempts,) in stack.sql("SELECT attempts FROM jobs WHERE name LIKE 'probe.%%'")} == {1}


class Weapon:
    """What makes a file when somebody unpickles it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.file),)


def test_what_others_put_on_the_queue_is_never_run_and_the_worker_goes_on(
    stack: Stack, crew: Crew, tmp_path: Path
) -> None:
    worker = crew.keep(*WORKER)
    crew.keep(*SCHEDULER)
    pickled = pickle.dumps(Weapon(tmp_path / "shot"))
    called = json.dumps(["os.mkdir", None, [str(tmp_path / "shot")], {}]).encode()
    for number, data in enumerate(
        (pickled, called, b"\x80", b"", b"[]", b'"x"', b"null", b'["os.nothing", null, [], {}]')
    ):
        message = Job.create("os.getpid", id=f"weapon-{number}", connection=stack.redis, origin="quick")
        message.save()
        stack.redis.hset(f"rq:job:weapon-{number}", "data", data)
        stack.redis.lpush(QUEUE, f"weapon-{number}")
    keys = ask(stack, "probe.effect", 3)
    all_done(stack, crew, keys)
    eventually(lambda: not stack.redis.lrange(QUEUE, 0, -1), "the queue is empty")
    assert not (tmp_path / "shot").exists()
    assert worker.ends == []
