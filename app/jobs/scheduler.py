"""The scheduler process: rings every job that has an interval; the jobs themselves decide what is due."""

from typing import Any

import structlog
from flask import Flask
from redis import RedisError
from rq_scheduler import Scheduler

from app.core.clock import naive_utcnow, utcnow
from app.core.queues import QUICK, queue
from app.core.redis import connect
from app.core.web import settings_of
from app.jobs.registry import JOBS, Job
from app.jobs.worker import perform

log = structlog.get_logger("holdfast.scheduler")


class Ringer(Scheduler):  # type: ignore[misc]  # rq-scheduler has no types
    """rq-scheduler that forgets nothing and rings nothing twice."""

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


def run(app: Flask) -> None:
    """Ring until told to stop; a fault of Redis ends the process, which its supervisor starts again."""
    client = connect(settings_of(app).redis_url)
    ringer = Ringer(queue=queue(QUICK, client), connection=client, interval=1)
    try:
        forget_unknown(ringer)
        ringer.run()
    except RedisError as error:
        log.warning("redis does not answer; the scheduler ends and is started again", fault=type(error).__name__)
        raise SystemExit(1) from error


def register(ringer: Scheduler) -> None:
    """Enter every interval that Redis does not hold, under a fixed id; a new entry rings at once."""
    wanted = _ticks()
    scores = ringer.connection.zmscore(ringer.scheduled_jobs_key, list(wanted))
    for (tick, job), score in zip(wanted.items(), scores, strict=True):
        if score is None:
            options = {"args": [job.name], "interval": job.every, "id": tick, "result_ttl": 60}
            ringer.schedule(naive_utcnow(), perform, **options)


def forget_unknown(ringer: Scheduler) -> None:
    """Take out what no job asks for any more."""
    wanted = _ticks()
    for known in ringer.get_jobs():
        if known.id not in wanted:
            ringer.cancel(known)


def _ticks() -> dict[str, Job]:
    return {f"tick-{job.name.replace('.', '-')}": job for job in JOBS.values() if job.every}
