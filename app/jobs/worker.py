"""The worker process: takes messages off a queue; each names jobs of one kind, or a ring of the clock.

A message of several jobs is done in one transaction when the kind allows it, else one by one. When a batch fails, its
jobs are done one by one, so that one bad job costs the others nothing.
"""

import os
import signal
import socket
from collections.abc import Sequence
from traceback import format_exception
from typing import Any

import structlog
from flask import Flask, current_app
from rq import SimpleWorker, Worker
from rq.serializers import JSONSerializer

from app.core import context, db
from app.core.clock import monotonic
from app.core.crashpoints import crash_here
from app.core.processes import die_with_parent
from app.core.queues import queue
from app.core.redis import connect
from app.core.settings import Settings
from app.core.web import settings_of
from app.jobs import leasing, measures, schedules
from app.jobs.errors import LeaseLost
from app.jobs.leasing import Lease
from app.jobs.registry import HEAVY, JOBS, QUICK, JobKind
from app.jobs.work import Work

log = structlog.get_logger("holdfast.jobs")

NAME = f"{socket.gethostname()}:{os.getpid()}"


def perform(name: str, ids: list[int]) -> None:
    """Do these jobs of one kind: the message that the relay sends."""
    settings, kind = settings_of(current_app), JOBS[name]
    with db.transaction():
        leases = leasing.lease(settings, kind, ids, worker=NAME)
    crash_here("jobs.leased")
    if kind.batch and len(leases) > 1 and _all_at_once(kind, leases):
        return
    _one_by_one(settings, kind, leases)


def ring(seconds: int) -> None:
    """Look which schedules are due: the message that the clock sends."""
    for name in schedules.due(settings_of(current_app), seconds=seconds):
        schedules.run_tick(JOBS[name])


def _all_at_once(kind: JobKind, leases: Sequence[Lease]) -> bool:
    started = monotonic()
    try:
        with context.surroundings(source="job", request_id=leases[0].request_id), db.transaction():
            leasing.finish(leases, kind.call([each.args for each in leases]))
            crash_here("jobs.before_commit")
    except Exception as error:  # noqa: BLE001 - any fault of a batch is met again, and kept, one by one
        log.warning("batch undone; its jobs are done one by one", action=kind.name, jobs=len(leases), fault=repr(error))
        return False
    crash_here("jobs.done")
    measures.done(kind.name, "done", monotonic() - started, count=len(leases))
    return True


def _one_by_one(settings: Settings, kind: JobKind, leases: Sequence[Lease]) -> None:
    waiting, renewed_at = list(leases), monotonic()
    patience = leasing.lease_seconds(kind, settings) / 4
    while waiting:
        if monotonic() - renewed_at > patience:
            with db.transaction():
                waiting = leasing.renew(settings, kind, waiting)
            renewed_at = monotonic()
            continue
        _one(settings, kind, waiting.pop(0))


def _one(settings: Settings, kind: JobKind, one: Lease) -> None:
    started = monotonic()
    with context.surroundings(source="job", request_id=one.request_id):
        state = _tried(settings, kind, one)
        seconds = monotonic() - started
        measures.done(kind.name, state, seconds)
        log.info(
            "job",
            action=kind.name,
            job_id=one.id,
            state=state,
            attempt=one.attempts,
            duration_ms=round(seconds * 1000, 2),
        )
    crash_here("jobs.done")


def _tried(settings: Settings, kind: JobKind, one: Lease) -> str:
    work = Work(kind, one)
    try:
        work.do()
    except LeaseLost:
        return "lost"
    except Exception as error:  # noqa: BLE001 - whatever went wrong is kept with the job
        return _failed(settings, work, error)
    return "done"


def _failed(settings: Settings, work: Work, error: Exception) -> str:
    kind, one = work.kind, work.lease
    with db.transaction():
        error = work.told(error)
        fault = f"{type(error).__name__}: {error}"
        state = leasing.fail(settings, kind, one, error=fault, traceback="".join(format_exception(error)))
    log.warning("job failed", action=kind.name, job_id=one.id, fault=fault, attempt=one.attempts, state=state)
    return {"queued": "retried", "dead": "dead", None: "lost"}[state]


class ForkingWorker(Worker):
    """A worker whose work-horse dies with it, also when it is killed."""

    def main_work_horse(self, *args: Any, **kwargs: Any) -> None:
        """The child: it must not outlive its parent, and must not share the parent's connections."""
        die_with_parent(signal.SIGKILL)
        db.db.engine.dispose(close=False)
        super().main_work_horse(*args, **kwargs)


def run(app: Flask, name: str = QUICK) -> None:
    """Work on one queue until told to stop; a Redis that is gone is waited for."""
    with app.app_context():
        client = connect(settings_of(app).redis_url)
        kind = ForkingWorker if name == HEAVY else SimpleWorker
        worker = kind([queue(name, client)], connection=client, serializer=JSONSerializer)
        worker.work(logging_level="WARNING")
