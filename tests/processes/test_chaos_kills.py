"""Whatever is killed, whenever, under load: what was promised is there, and each effect once."""

import os
import random
import signal
import time

import pytest

from devstack.processes import children
from tests.processes.crew import SCHEDULER, WORKER, Crew
from tests.processes.load import under_load
from tests.processes.stack import Stack, serving_beside
from tests.scale import SCALE, pauses, scaled

pytestmark = pytest.mark.chaos

# At full size on a machine that does nothing else, pools are back within five seconds.
POOLS_BACK = 5 if SCALE >= 1 else 60
POINTS: dict[tuple[str, ...], tuple[str, ...]] = {
    WORKER: ("jobs.leased", "jobs.called", "jobs.before_commit", "jobs.done"),
    SCHEDULER: ("relay.taken", "relay.sent"),
}


def test_programs_killed_at_any_moment_and_then_at_a_step(web: Stack, crew: Crew) -> None:
    chance = random.Random(20)  # noqa: S311 - the same kills each time
    with under_load(web, crew):
        for _ in range(scaled(40)):
            member = chance.choice(crew.members)
            points = POINTS.get(member.role, ())
            crew.strike(
                member, HOLDFAST_CRASH_POINT=f"{chance.choice(points)}:{chance.randint(1, 4)}" if points else ""
            )
            deaths = len(member.ends) + bool(points)
            os.kill(chance.choice(children(web.master)), signal.SIGKILL)
            crew.until(lambda: len(member.ends) >= deaths, "it died at the step", 60)  # noqa: B023 - asked at once
            crew.during(chance.random())


@pytest.mark.parametrize("point", ["edge.before_commit", "edge.committed"])
def test_web_processes_that_die_at_a_step_again_and_again(stack: Stack, crew: Crew, point: str) -> None:
    with (
        serving_beside(stack, HOLDFAST_CRASH_POINT=f"{point}:20") as web,
        under_load(web, crew) as clients,
    ):
        crew.until(lambda: clients.cut >= scaled(100), "answers were cut off", 600)


def test_postgresql_restarted_again_and_again(web: Stack, crew: Crew) -> None:
    with under_load(web, crew) as clients:
        for pause in pauses(every=20, seconds=180):
            web.postgres.kill()
            web.postgres.start()
            back = time.monotonic()
            crew.until(lambda back=back: clients.promised_since(back) > 10, "the pools are back", POOLS_BACK)  # type: ignore[misc]  # mypy infers no defaults
            crew.during(pause)
    assert clients.cut == 0
