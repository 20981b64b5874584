"""The heavy queue: a child for each message, which dies with its worker and leaves no figures behind."""

import signal
from collections import Counter
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from devstack.processes import children
from tests.processes.crew import HEAVY_WORKER, NOBODY_DIES, SCHEDULER, WORKER, Crew, ask, effects, states
from tests.processes.stack import Stack, eventually


def test_a_forking_worker_that_is_killed_takes_its_child_along_and_another_does_the_job(
    stack: Stack, crew: Crew, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    keys = ask(stack, "probe.heavy", gate=str(gate))
    crew.keep(*SCHEDULER)
    worker = crew.keep(*HEAVY_WORKER)
    crew.until(lambda: states(stack) == {"running": 1}, "the child has it")
    (child,) = children(worker.program.pid)
    crew.dismiss(worker, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{child}").exists(), "the child is gone too")
    gate.touch()
    crew.keep(*HEAVY_WORKER)
    crew.until(lambda: states(stack) == {"done": 1}, "another has done it")
    assert effects(stack) == Counter(keys)
    assert stack.sql("SELECT attempts FROM jobs WHERE name = 'probe.heavy'") == [(2,)]


def test_a_child_that_is_killed_costs_the_worker_nothing(stack: Stack, crew: Crew) -> None:
    ask(stack, "probe.heavy", key="kill")
    keys = ask(stack, "probe.heavy", 3)
    crew.keep(*SCHEDULER)
    worker = crew.keep(*HEAVY_WORKER)
    crew.until(lambda: states(stack) == {"done": 3, "dead": 1}, "all have ended")
    assert effects(stack) == Counter(keys)
    assert worker.ends == []


def counted(web: Stack, job: str, status: str) -> float:
    """How many of these ended so, as a scrape tells it."""
    wanted = {"job": job, "status": status}
    families = text_string_to_metric_families(web.call("GET", "/metrics").text)
    samples = (sample for family in families for sample in family.samples)
    return sum(each.value for each in samples if each.name == "rq_jobs_total" and each.labels == wanted)


def processes_with_figures(web: Stack) -> set[str]:
    """Whose files lie in the folder."""
    return {path.stem.rpartition("_")[2] for path in web.metrics.glob("*.db")}


def test_the_web_processes_tell_what_workers_and_scheduler_did(web: Stack, crew: Crew) -> None:
    before = processes_with_figures(web)
    crew.environment |= {"PROMETHEUS_MULTIPROC_DIR": str(web.metrics)} | NOBODY_DIES
    for role, slot in ((WORKER, "1"), (WORKER, "2"), (HEAVY_WORKER, "1")):
        crew.keep(*role, WORKER_SLOT=slot)
    crew.keep(*SCHEDULER)
    ask(web, "probe.effect", 90)
    ask(web, "probe.fail", 2)
    for turn in (1, 2, 3):
        ask(web, "probe.heavy", 5, key=f"turn-{turn}")
        done = {"done": 5 * turn}
        crew.until(lambda done=done: states(web, "probe.heavy") == done, "a message is done")  # type: ignore[misc]  # mypy infers no defaults
    expected = {("probe.effect", "done"): 90, ("probe.heavy", "done"): 15, ("probe.fail", "dead"): 2}
    expected[("probe.fail", "retried")] = 4
    crew.until(lambda: {which: counted(web, *which) for which in expected} == expected, "each is counted once")
    known = [web.master, *children(web.master)]
    slots = {"worker-quick-1", "worker-quick-2", "worker-heavy-1", "scheduler-1"}
    assert processes_with_figures(web) - before - {str(pid) for pid in known} == slots
