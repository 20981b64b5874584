"""The worker process: takes messages off the quick queue and runs the job that each one names."""

from typing import Any

import structlog
from flask import Flask, current_app
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from app.core import context, db
from app.core.clock import monotonic
from app.core.queues import QUICK, queue
from app.core.redis import connect
from app.core.web import settings_of
from app.jobs.registry import JOBS

log = structlog.get_logger("holdfast.jobs")


def perform(name: str, *args: Any) -> Any:
    """Run a job by name in one transaction."""
    started = monotonic()
    with context.surroundings(source="job"), db.transaction():
        result = JOBS[name].call(*args)
        log.info("job done", action=name, duration_ms=round((monotonic() - started) * 1000, 2), result=result)
        return result


def run(app: Flask) -> None:
    """Work until told to stop; a Redis that is gone is waited for."""
    with app.app_context():
        client = connect(settings_of(current_app).redis_url)
        worker = SimpleWorker([queue(QUICK, client)], connection=client, serializer=JSONSerializer)
        worker.work(logging_level="WARNING")
