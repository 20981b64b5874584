"""The scheduler process: rings every job that has an interval; the jobs themselves decide what is due."""

from datetime import UTC
from typing import Any

import structlog
from flask import Flask
from redis import RedisError
from rq.serializers import JSONSerializer
from rq_scheduler import Scheduler

from app.core.clock import utcnow
from app.core.queues import QUICK, queue
from app.core.redis import connect
from app.core.web import settings_of
from app.jobs.registry import JOBS
from app.jobs.worker import perform

log = structlog.get_logger("holdfast.scheduler")


class Ringer(Scheduler):  # type: ignore[misc]  # rq-scheduler has no types
    """rq-scheduler that leaves out a ring while the last one still waits in the queue."""

    def enqueue_job(self, job: Any) -> None:
        """Ring once."""
        waiting = self.get_queue_for_job(job)
        if self.connection.lpos(waiting.key, job.id) is None:
            super().enqueue_job(job)
            return
        self.connection.zadd(self.scheduled_jobs_key, {job.id: utcnow().timestamp() + job.meta["interval"]})


def run(app: Flask) -> None:
    """Ring until told to stop; after a fault of Redis everything is registered anew."""
    client = connect(settings_of(app).redis_url)
    ringer = Ringer(queue=queue(QUICK, client), connection=client, interval=1, serializer=JSONSerializer)
    try:
        register(ringer)
        ringer.run()
    except RedisError as error:
        log.warning("redis does not answer; the scheduler ends and is started again", fault=type(error).__name__)
        raise SystemExit(1) from error


def register(ringer: Scheduler) -> None:
    """Put every interval into Redis under a fixed id, and take out what no longer exists."""
    wanted = {f"tick-{job.name.replace('.', '-')}": job for job in JOBS.values() if job.every}
    for known in ringer.get_jobs():
        if known.id not in wanted:
            ringer.cancel(known)
    for id_, job in wanted.items():
        ringer.schedule(
            utcnow().astimezone(UTC).replace(tzinfo=None),
            perform,
            args=[job.name],
            interval=job.every,
            id=id_,
            result_ttl=60,
        )
