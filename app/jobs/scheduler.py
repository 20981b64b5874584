"""The scheduler process: the relay in a thread, and rq-scheduler ringing the clock in the main one."""

import os
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import structlog
from flask import Flask
from redis import Redis, RedisError
from rq_scheduler import Scheduler

from app.core import figures, metrics, patience, standstill
from app.core.clock import naive_utcnow, utcnow
from app.core.queues import queue
from app.core.redis import connect, wait_for
from app.core.web import settings_of
from app.jobs import measures
from app.jobs.registry import QUICK
from app.jobs.relay import Relay
from app.jobs.schedules import RINGS
from app.jobs.worker import ring

log = structlog.get_logger("holdfast.scheduler")

# It never waits for Redis on purpose: one that is silent for longer is gone.
REDIS_PATIENCE = 5.0


class Ringer(Scheduler):  # type: ignore[misc]  # rq-scheduler has no types
    """rq-scheduler that forgets nothing and rings nothing twice."""

    def acquire_lock(self) -> Any:
        """Lead this round, unless another does; either is counted."""
        leads = super().acquire_lock()
        measures.LOCKS.labels("acquired" if leads else "busy").inc()
        return leads

    def enqueue_jobs(self) -> Any:
        """Put back what Redis lost since the last look, then ring what is due."""
        register(self)
        return super().enqueue_jobs()

    def enqueue_job(self, job: Any) -> None:
        """Ring, unless the last ring still waits in the queue."""
        waiting = self.get_queue_for_job(job)
        if self.connection.lpos(waiting.key, job.id) is None:
            super().enqueue_job(job)
            return
        self.connection.zadd(self.scheduled_jobs_key, {job.id: utcnow().timestamp() + job.meta["interval"]})

    def remove_lock(self) -> None:
        """A lock that Redis does not take back ends by itself."""
        with suppress(RedisError):
            super().remove_lock()

    def register_death(self) -> None:
        """Whom Redis cannot hear is forgotten after a while."""
        with suppress(RedisError):
            super().register_death()


def run(app: Flask) -> None:
    """Relay and ring until told to stop; a Redis that is gone is waited for, by either of them."""
    metrics.write_as(f"scheduler-{os.environ.get('WORKER_SLOT', '1')}")
    patience.keep_watch(settings_of(app).job_statement_timeout_ms)
    standstill.keep_watch(settings_of(app))
    figures.tell(app)
    stop = Event()
    relay = Thread(target=Relay(app, stop).run, name="relay", daemon=True)
    relay.start()
    client = connect(settings_of(app), patience=REDIS_PATIENCE)
    try:
        while True:
            wait_for(client)
            ring_until_it_is_gone(client)
    finally:
        stop.set()
        relay.join(timeout=5)


def ring_until_it_is_gone(client: Redis) -> None:
    """Ring under a name of its own until told to stop, which leaves by SystemExit, or until Redis does not answer."""
    ringer = Ringer(queue=queue(QUICK, client), connection=client, interval=1)
    try:
        forget_unknown(ringer)
        ringer.run()
    except RedisError as error:
        log.warning("redis does not answer; the clock waits", fault=type(error).__name__)


def register(ringer: Scheduler) -> None:
    """Enter each ring that Redis does not hold, under a fixed id; a new entry rings at once.

    An entry further ahead than its interval was made by a scheduler whose clock is ahead of ours, and is entered anew.
    """
    ids = [f"ring-{seconds}" for seconds in RINGS]
    scores = ringer.connection.zmscore(ringer.scheduled_jobs_key, ids)
    now = utcnow().timestamp()
    for id_, seconds, score in zip(ids, RINGS, scores, strict=True):
        if score is None or score > now + seconds + 1:
            ringer.schedule(naive_utcnow(), ring, args=[seconds], interval=seconds, id=id_, result_ttl=0)


def forget_unknown(ringer: Scheduler) -> None:
    """Take out rings that are no longer ours."""
    for known in ringer.get_jobs():
        if known.id not in {f"ring-{seconds}" for seconds in RINGS}:
            ringer.cancel(known)
