"""Jobs and events that the code names do exist, each in the room of its domain."""

import ast
import dataclasses
import re
from collections.abc import Collection, Iterable, Iterator

import pytest

from app.core.events import SUBSCRIBERS
from app.jobs.registry import JOBS, JobKind
from tests.architecture.source import Source, faults, python, sample

# Functions whose first argument is the name of a job.
CALLS_BY_NAME = {"perform", "enqueue"}


def misplaced_jobs(jobs: Iterable[JobKind]) -> Iterator[str]:
    for job in jobs:
        domain, _, verb = job.name.partition(".")
        if not re.fullmatch(rf"app\.{domain}\.jobs(\..+)?", job.call.__module__) or job.call.__name__ != verb:
            yield f"{job.name} is {job.call.__module__}.{job.call.__name__}: not <domain>.<function> in its jobs"


def unknown_jobs(source: Source, known: Collection[str]) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and node.args and _called(node) in CALLS_BY_NAME:
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value not in known:
                yield f"line {node.lineno}: there is no job {name.value}"


def misplaced_events(events: Iterable[type]) -> Iterator[str]:
    for event in events:
        if not re.fullmatch(r"app\.\w+\.events(\..+)?", event.__module__):
            yield f"{event.__name__} is in {event.__module__}: an event belongs to the room `events` of its domain"
        if not dataclasses.is_dataclass(event):
            yield f"{event.__name__} is no dataclass"


def foreign_events(source: Source) -> Iterator[str]:
    """A domain publishes its own facts, from its own events."""
    own = f"app.{source.path.parts[1]}.events"
    imported = {
        alias.asname or alias.name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(own)
        for alias in node.names
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and _called(node) == "publish" and node.args:
            event = node.args[0]
            if isinstance(event, ast.Call) and _called(event) not in imported:
                yield f"line {node.lineno}: {_called(event)} is not from {own}"


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


@pytest.mark.usefixtures("app")
def test_every_job_carries_the_name_of_its_function_and_domain() -> None:
    assert list(misplaced_jobs(JOBS.values())) == []


@pytest.mark.usefixtures("app")
def test_every_job_that_is_asked_for_by_name_exists() -> None:
    assert faults(lambda source: unknown_jobs(source, JOBS), python("app")) == []


@pytest.mark.usefixtures("app")
def test_every_event_that_is_subscribed_to_is_one_of_a_domain() -> None:
    assert list(misplaced_events(SUBSCRIBERS)) == []


def test_every_event_that_is_published_is_one_of_the_domain() -> None:
    assert faults(foreign_events, python("app")) == []


def test_a_misplaced_or_unknown_job_is_found() -> None:
    def sweep() -> None: ...

    sweep.__module__ = "app.orders.jobs"
    assert not list(misplaced_jobs([JobKind("orders.sweep", sweep)]))
    assert list(misplaced_jobs([JobKind("promos.sweep", sweep)]))
    assert list(misplaced_jobs([JobKind("orders.expire", sweep)]))
    asks = sample("app/x/service.py", "queue.enqueue('orders.sweep', 1)")
    assert not list(unknown_jobs(asks, {"orders.sweep"}))
    assert list(unknown_jobs(asks, {"orders.expire"}))


def test_a_misplaced_or_foreign_event_is_found() -> None:
    assert len(list(misplaced_events([str]))) == 2
    publishes = "from app.orders.events import OrderPaid\npublish(OrderPaid(order_id=1))"
    assert not list(foreign_events(sample("app/orders/service.py", publishes)))
    assert list(foreign_events(sample("app/promos/service.py", publishes)))
