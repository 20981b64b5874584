"""Whatever dies at whatever step: every effect that was asked for is there, once."""

import signal
from pathlib import Path

import pytest

from tests.processes.crew import SCHEDULER, WORKER, Crew, ask, states
from tests.processes.stack import Stack
from tests.scale import scaled

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize("point", ["jobs.leased", "jobs.before_commit", "jobs.done", "jobs.called:2"])
def test_a_worker_killed_at_a_step_leaves_every_effect_once(
    stack: Stack, crew: Crew, tmp_path: Path, point: str
) -> None:
    file = tmp_path / "told"
    count = scaled(200)
    keys = ask(stack, "probe.outside", count, file=str(file))
    if point != "jobs.called:2":
        keys += ask(stack, "probe.batch", count) + ask(stack, "probe.effect", count)
    crew.keep(*SCHEDULER)
    worker = crew.keep(*WORKER, HOLDFAST_CRASH_POINT=point)
    crew.rests(keys)
    assert worker.ends == [-signal.SIGKILL]
    assert set(file.read_text().split()) == {key for key in keys if "outside" in key}
    # The one call whose answer died with the worker is made again: an outside has to know the call by its key.
    assert len(file.read_text().split()) <= count + (point != "jobs.leased")


@pytest.mark.parametrize("point", ["relay.taken", "relay.sent"])
def test_a_relay_killed_at_a_step_leaves_every_effect_once(stack: Stack, crew: Crew, point: str) -> None:
    keys = ask(stack, "probe.batch", scaled(2000)) + ask(stack, "probe.effect", scaled(1000))
    scheduler = crew.keep(*SCHEDULER, HOLDFAST_CRASH_POINT=point)
    crew.keep(*WORKER)
    crew.rests(keys)
    assert scheduler.ends == [-signal.SIGKILL]


def test_a_job_that_kills_its_worker_is_a_dead_letter_and_those_in_its_message_are_done(
    stack: Stack, crew: Crew
) -> None:
    crew.environment |= {"JOBS_ATTEMPTS": "2", "JOBS_LEASE_SECONDS": "10"}
    keys: list[str] = []
    for name in ("probe.effect", "probe.batch"):
        keys += ask(stack, name, scaled(100))
        ask(stack, name, key=f"kill-{name}")
        keys += ask(stack, name, scaled(100), key=f"{name}-after")
    crew.keep(*SCHEDULER)
    workers = [crew.keep(*WORKER), crew.keep(*WORKER)]
    crew.rests(keys)
    assert states(stack) == {"done": len(keys), "dead": 2}
    assert {code for worker in workers for code in worker.ends} == {-signal.SIGKILL}
    assert max(attempts for (attempts,) in stack.sql("SELECT attempts FROM jobs WHERE state = 'done'")) <= 2
    dead = stack.sql("SELECT attempts, error FROM jobs WHERE state = 'dead'")
    assert dead == [(2, "The worker died or lost its lease at each of 2 tries.")] * 2


def test_a_worker_stopped_past_its_lease_has_no_effect_when_it_goes_on(
    stack: Stack, crew: Crew, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    keys = ask(stack, "probe.slow", scaled(20), gate=str(gate))
    crew.keep(*SCHEDULER)
    sleeper = crew.keep(*WORKER)
    crew.until(lambda: states(stack) == {"running": len(keys)}, "the first worker has them")
    sleeper.program.send_signal(signal.SIGSTOP)
    gate.touch()
    crew.keep(*WORKER)
    crew.until(lambda: states(stack) == {"done": len(keys)}, "the second worker has done them")
    sleeper.program.send_signal(signal.SIGCONT)
    crew.until(lambda: crew.said('"state":"lost"'), "the first worker knows that it lost one")
    crew.rests(keys)
    assert (sleeper.program.pid,) not in stack.sql("SELECT DISTINCT worker FROM probe_effects")
