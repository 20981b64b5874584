"""Clocks that are ten minutes off (libfaketime): PostgreSQL's decides, so nothing is early, late or done twice."""

import time
from pathlib import Path

import pytest

from tests.processes.crew import HEAVY_WORKER, SCHEDULER, WORKER, Crew, ask
from tests.processes.load import under_load
from tests.processes.stack import Stack
from tests.scale import scaled

pytestmark = pytest.mark.chaos

AHEAD, BEHIND = "+600", "-600"
DELAY = 3


def shifted(seconds: str) -> dict[str, str]:
    """The variables of a program that believes it is so much later or earlier."""
    found = [str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")]
    assert found, "libfaketime is missing: install it, such as by 'apt-get install libfaketime'"
    return {"LD_PRELOAD": found[0], "FAKETIME": seconds, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def rings_on(stack: Stack, crew: Crew, times: int) -> None:
    """Returns when the clock has rung so often, each time for the present slot."""
    for _ in range(times):
        stack.sql("UPDATE schedules SET last_slot = last_slot - interval '1 day' WHERE name = 'jobs.beat'")
        late = "SELECT name FROM schedules WHERE name = 'jobs.beat' AND last_slot < clock_timestamp() - interval '15 s'"
        crew.until(lambda late=late: not stack.sql(late), "the clock rings", 60)  # type: ignore[misc]  # mypy infers no defaults
        assert stack.sql("SELECT name FROM schedules WHERE last_slot > clock_timestamp()") == []


def test_the_clocks_of_these_tests_are_off(stack: Stack) -> None:
    for offset in (AHEAD, BEHIND):
        told = stack.run("-c", "import time; print(time.time())", **shifted(offset)).stdout
        assert round((float(told) - time.time()) / 100) == int(offset) / 100


def test_workers_ahead_and_behind_do_each_job_once_and_none_early(web: Stack, crew: Crew) -> None:
    crew.keep(*SCHEDULER)
    members = [crew.keep(*role, **shifted(offset)) for role in (WORKER, HEAVY_WORKER) for offset in (AHEAD, BEHIND)]
    with under_load(web, crew) as clients:
        for turn in range(scaled(40)):
            clients.keys += ask(web, "probe.effect", 5, key=f"later-{turn}", delay=DELAY)
            rings_on(web, crew, 1)
    assert [member.ends for member in members] == [[]] * len(members)
    early = "SELECT jobs.id FROM jobs JOIN probe_effects ON key = args ->> 'key' WHERE at < created_at + interval '3 s'"
    assert web.sql(f"{early} AND key LIKE 'later-%%'") == []


def test_of_two_schedulers_the_one_whose_clock_is_ahead_leaves(stack: Stack, crew: Crew) -> None:
    crew.keep(*WORKER)
    schedulers = [crew.keep(*SCHEDULER, **shifted(offset)) for offset in (BEHIND, AHEAD)]
    crew.until(lambda: len(stack.redis.keys("rq:scheduler_instance:*")) == 2, "both schedulers run")
    rings_on(stack, crew, scaled(20))
    assert [scheduler.ends for scheduler in schedulers] == [[], []]
    crew.dismiss(schedulers[1])
    rings_on(stack, crew, scaled(20))
