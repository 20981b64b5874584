"""Whatever dies at whatever step: every effect that was asked for is there, once."""

import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.processes.crew import SCHEDULER, WORKER, Crew, ask, effects, states
from tests.processes.stack import Stack


@pytest.mark.parametrize("point", ["jobs.leased", "jobs.before_commit", "jobs.done", "jobs.called:2"])
def test_a_worker_killed_at_a_step_leaves_every_effect_once(
    stack: Stack, crew: Crew, tmp_path: Path, point: str
) -> None:
    file = tmp_path / "told"
    keys = ask(stack, "probe.outside", 5, file=str(file))
    if point != "jobs.called:2":
        keys += ask(stack, "probe.batch", 5) + ask(stack, "probe.effect", 5)
    crew.keep(*SCHEDULER)
    worker = crew.keep(*WORKER, HOLDFAST_CRASH_POINT=point)
    crew.until(lambda: states(stack) == {"done": len(keys)}, "all are done")
    assert worker.ends == [-signal.SIGKILL]
    assert effects(stack) == Counter(keys)
    assert set(file.read_text().split()) == {key for key in keys if "outside" in key}
    # The one call whose answer died with the worker is made again: an outside has to know the call by its key.
    assert len(file.read_text().split()) <= 5 + (point != "jobs.leased")


@pytest.mark.parametrize("point", ["relay.taken", "relay.sent"])
def test_a_relay_killed_at_a_step_leaves_every_effect_once(stack: Stack, crew: Crew, point: str) -> None:
    keys = ask(stack, "probe.batch", 60) + ask(stack, "probe.effect", 30)
    scheduler = crew.keep(*SCHEDULER, HOLDFAST_CRASH_POINT=point)
    crew.keep(*WORKER)
    crew.until(lambda: states(stack) == {"done": len(keys)}, "all are done")
    assert scheduler.ends == [-signal.SIGKILL]
    assert effects(stack) == Counter(keys)


def test_a_job_that_kills_its_worker_is_a_dead_letter_and_those_in_its_message_are_done(
    stack: Stack, crew: Crew
) -> None:
    crew.environment |= {"JOBS_ATTEMPTS": "2"}
    keys: list[str] = []
    for name in ("probe.effect", "probe.batch"):
        keys += ask(stack, name, 5)
        ask(stack, name, key=f"kill-{name}")
        keys += ask(stack, name, 5, key=f"{name}-after")
    crew.keep(*SCHEDULER)
    workers = [crew.keep(*WORKER), crew.keep(*WORKER)]
    crew.until(lambda: states(stack) == {"done": len(keys), "dead": 2}, "all have ended", 40)
    assert effects(stack) == Counter(keys)
    assert {code for worker in workers for code in worker.ends} == {-signal.SIGKILL}
    assert max(attempts for (attempts,) in stack.sql("SELECT attempts FROM jobs WHERE state = 'done'")) <= 2
    dead = stack.sql("SELECT attempts, error FROM jobs WHERE state = 'dead'")
    assert dead == [(2, "The worker died or lost its lease at each of 2 tries.")] * 2


def test_a_worker_stopped_past_its_lease_has_no_effect_when_it_goes_on(
    stack: Stack, crew: Crew, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    keys = ask(stack, "probe.slow", gate=str(gate))
    crew.keep(*SCHEDULER)
    sleeper = crew.keep(*WORKER)
    crew.until(lambda: states(stack) == {"running": 1}, "the first worker has it")
    sleeper.program.send_signal(signal.SIGSTOP)
    gate.touch()
    crew.keep(*WORKER)
    crew.until(lambda: states(stack) == {"done": 1}, "the second worker has done it")
    sleeper.program.send_signal(signal.SIGCONT)
    crew.until(lambda: crew.said('"state":"lost"'), "the first worker knows that it lost it")
    assert effects(stack) == Counter(keys)
    (worker,) = stack.sql("SELECT worker FROM probe_effects")
    assert worker != (sleeper.program.pid,)
