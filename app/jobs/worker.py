"""The worker process: takes messages off a queue; each names jobs of one kind, or a ring of the clock.

A message of several jobs is done in one transaction when the kind allows it, else one by one. When a batch fails, its
jobs are done one by one, so that one bad job costs the others nothing.
"""

import os
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from traceback import format_exception
from typing import Any

import structlog
from flask import Flask, current_app
from redis import Redis, RedisError
from rq import SimpleWorker, Worker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from app.core import context, db, figures, metrics, patience, standstill
from app.core.clock import monotonic
from app.core.crashpoints import crash_here
from app.core.processes import die_with_parent
from app.core.queues import queue
from app.core.redis import connect, wait_for
from app.core.settings import Settings
from app.core.web import settings_of
from app.jobs import leasing, measures, schedules
from app.jobs.errors import LeaseLost
from app.jobs.leasing import Lease
from app.jobs.measures import Outcome
from app.jobs.registry import HEAVY, JOBS, QUICK, JobKind
from app.jobs.work import Work

log = structlog.get_logger("holdfast.jobs")

# A worker that was killed is counted no longer than this.
WORKER_TTL = 60
# One wait for a message, and how long Redis may be silent: whoever's host is gone is noticed so soon.
LISTEN_SECONDS, SILENT_SECONDS = 3, 5
# Between two looks for a Redis that is gone, and before the work begins anew.
LONGEST_PAUSE = 1.0

NAME = f"{socket.gethostname()}:{os.getpid()}"


def perform(name: str, ids: list[int]) -> list[Outcome]:
    """Do these jobs of one kind: the message that the relay sends; the answer is how they ended."""
    settings, kind = settings_of(current_app), JOBS[name]
    with db.transaction():
        leases = leasing.lease(settings, kind, ids, worker=NAME)
    crash_here("jobs.leased")
    together = _all_at_once(kind, leases) if kind.batch and len(leases) > 1 else None
    return [together] if together else _one_by_one(settings, kind, leases)


def ring(seconds: int) -> None:
    """Look which schedules are due: the message that the clock sends."""
    for name in schedules.due(settings_of(current_app), seconds=seconds):
        schedules.run_tick(JOBS[name])


def _all_at_once(kind: JobKind, leases: Sequence[Lease]) -> Outcome | None:
    started = monotonic()
    try:
        with context.surroundings(source="job", request_id=leases[0].request_id), db.transaction():
            leasing.finish(leases, kind.call([each.args for each in leases]))
            crash_here("jobs.before_commit")
    except Exception as error:  # noqa: BLE001 - any fault of a batch is met again, and kept, one by one
        log.warning("batch undone; its jobs are done one by one", action=kind.name, jobs=len(leases), fault=repr(error))
        return None
    crash_here("jobs.done")
    return kind.name, "done", len(leases), monotonic() - started


def _one_by_one(settings: Settings, kind: JobKind, leases: Sequence[Lease]) -> list[Outcome]:
    waiting, renewed_at, outcomes = list(leases), monotonic(), []
    patience = leasing.lease_seconds(kind, settings) / 4
    while waiting:
        if monotonic() - renewed_at > patience:
            with db.transaction():
                waiting = leasing.renew(settings, kind, waiting)
            renewed_at = monotonic()
            continue
        outcomes.append(_one(settings, kind, waiting.pop(0)))
    return outcomes


def _one(settings: Settings, kind: JobKind, one: Lease) -> Outcome:
    started = monotonic()
    with context.surroundings(source="job", request_id=one.request_id):
        state = _tried(settings, kind, one)
        seconds = monotonic() - started
        log.info(
            "job",
            action=kind.name,
            job_id=one.id,
            state=state,
            attempt=one.attempts,
            duration_ms=round(seconds * 1000, 2),
        )
    crash_here("jobs.done")
    return kind.name, state, 1, seconds


def _tried(settings: Settings, kind: JobKind, one: Lease) -> str:
    work = Work(kind, one)
    try:
        work.do()
    except LeaseLost:
        return "lost"
    except Exception as error:  # noqa: BLE001 - whatever went wrong is kept with the job
        return _kept(settings, work, error)
    return "done"


def _kept(settings: Settings, work: Work, error: Exception) -> str:
    try:
        return _failed(settings, work, error)
    except Exception as fault:  # noqa: BLE001 - the other jobs of the message wait for nobody; this one is due after its lease
        log.warning("failure not kept", action=work.kind.name, job_id=work.lease.id, fault=repr(fault), of=repr(error))
        return "lost"


def _failed(settings: Settings, work: Work, error: Exception) -> str:
    kind, one = work.kind, work.lease
    with db.transaction():
        final = work.told(error)
        if final is None:
            return "done"
        fault = f"{type(final).__name__}: {final}"
        state = leasing.fail(settings, kind, one, error=fault, traceback="".join(format_exception(final)))
    log.warning("job failed", action=kind.name, job_id=one.id, fault=fault, attempt=one.attempts, state=state)
    return {"queued": "retried", "dead": "dead", None: "lost"}[state]


MESSAGES = {f"{call.__module__}.{call.__name__}" for call in (perform, ring)}


def _function(job: Any) -> str:
    try:
        return str(job.func_name)
    except Exception:  # noqa: BLE001 - whatever cannot be read names nothing
        return ""


class Picky:
    """A worker that calls only what our messages name: whoever can write to Redis cannot have it run anything else."""

    max_connection_wait_time = LONGEST_PAUSE
    asked_to_end = False

    @property
    def dequeue_timeout(self) -> int:
        """How long it waits for a message before it says again that it is there."""
        return LISTEN_SECONDS

    @property
    def connection_timeout(self) -> int:
        """How long Redis may be silent."""
        return SILENT_SECONDS

    def subscribe(self) -> None:
        """Hear no commands: nobody here gives any, and whoever listened would outlive a Redis that is lost."""

    def handle_warm_shutdown_request(self) -> None:
        """Remember that it was asked to end."""
        self.asked_to_end = True
        super().handle_warm_shutdown_request()  # type: ignore[misc]  # mixed into RQ's workers

    def set_shutdown_requested_date(self) -> None:
        """The job under way is ended in peace, also when Redis cannot be told."""
        with suppress(RedisError):
            super().set_shutdown_requested_date()  # type: ignore[misc]  # mixed into RQ's workers

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        """Say that it is there before each wait; who lost the first word, as in the middle of a log line, ends."""
        if self.asked_to_end and self.get_state() == WorkerStatus.IDLE:  # type: ignore[attr-defined]  # mixed in
            raise StopRequested
        super().heartbeat(*args, **kwargs)  # type: ignore[misc]  # mixed into RQ's workers

    def teardown(self) -> None:
        """Whom Redis cannot hear is forgotten after a while; who is asked to end from here on just ends."""
        signal.signal(signal.SIGTERM, _end)
        with suppress(RedisError):
            super().teardown()  # type: ignore[misc]  # mixed into RQ's workers

    def execute_job(self, job: Any, queue: Any) -> None:
        """Do what one message asks for."""
        if _function(job) in MESSAGES:
            super().execute_job(job, queue)  # type: ignore[misc]  # mixed into RQ's workers
            return
        log.error("message refused", message=job.id, queue=queue.name)
        job.delete()


class QuickWorker(Picky, SimpleWorker):
    """A worker that does its jobs in its own process."""

    def handle_job_success(self, job: Any, *args: Any, **kwargs: Any) -> None:
        """Count what ended."""
        super().handle_job_success(job, *args, **kwargs)
        _record(job.origin, job._result)  # noqa: SLF001 - rq has no other name for it in this process


class ForkingWorker(Picky, Worker):
    """A worker that forks for each message; the child dies with it, and the parent counts, so that no file is left."""

    def main_work_horse(self, *args: Any, **kwargs: Any) -> None:
        """The child: it must not outlive its parent, and must not share the parent's connections."""
        die_with_parent(signal.SIGKILL)
        db.db.engine.dispose(close=False)
        super().main_work_horse(*args, **kwargs)

    def execute_job(self, job: Any, queue: Any) -> None:
        """Count what the child says that ended."""
        super().execute_job(job, queue)
        with suppress(RedisError):
            _record(job.origin, job.return_value(refresh=True))


def _record(origin: str, outcomes: Any) -> None:
    if outcomes:
        measures.record([(name, status, count, seconds) for name, status, count, seconds in outcomes])
    log.debug("message done", queue=origin)


def run(app: Flask, name: str = QUICK) -> None:
    """Work on one queue until told to stop; a Redis that is gone is waited for, and the work begins anew.

    What was done of a message in whose middle it went is in PostgreSQL, and the rest is handed out again.
    """
    metrics.write_as(f"worker-{name}-{os.environ.get('WORKER_SLOT', '1')}")
    patience.keep_watch(settings_of(app).job_statement_timeout_ms)
    standstill.keep_watch(settings_of(app))
    figures.tell(app)
    with app.app_context():
        client = connect(settings_of(app), patience=SILENT_SECONDS)
        signal.signal(signal.SIGTERM, _end)
        while True:
            wait_for(client)
            if _worked_to_the_end(name, client):
                return
            log.warning("the work begins anew")
            time.sleep(LONGEST_PAUSE)


def _end(*_: object) -> None:
    raise SystemExit


def _worked_to_the_end(name: str, client: Redis) -> bool:
    """Whether it was asked to end; a Redis that goes in the middle of a message ends RQ's worker before."""
    kind, worker = ForkingWorker if name == HEAVY else QuickWorker, None
    with suppress(RedisError, StopRequested):
        worker = kind([queue(name, client)], connection=client, serializer=JSONSerializer, worker_ttl=WORKER_TTL)
        worker.work(logging_level="WARNING")
    return worker is not None and worker.asked_to_end
