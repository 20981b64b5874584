"""What Prometheus learns of jobs: what ended, counted by who did it, and the state, asked at each scrape."""

from collections.abc import Iterator
from functools import partial

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from redis import Redis
from rq import Worker

from app.core.metrics import STATE
from app.core.queues import queue
from app.core.redis import doorbell
from app.jobs import queries
from app.jobs.registry import HEAVY, QUICK

SECONDS = Histogram("rq_job_duration_seconds", "How long jobs took, by kind.", ["job"])
LOCKS = Counter(
    "redis_lock_acquisitions_total", "Tries to lead: to be the scheduler that rings, by whether it was.", ["status"]
)
ENDED = Counter("rq_jobs_total", "Tries of jobs that ended, by kind and how.", ["job", "status"])

# A kind of job, how it ended, how many of them, and how long they took together.
Outcome = tuple[str, str, int, float]


def record(outcomes: list[Outcome]) -> None:
    """Count what ended."""
    for name, status, count, seconds in outcomes:
        ENDED.labels(name, status).inc(count)
        for _ in range(count):
            SECONDS.labels(name).observe(seconds / count)


def state() -> Iterator[Metric]:
    """The state of the queues as it is now."""
    backlog = queries.backlog()
    jobs = GaugeMetricFamily("holdfast_jobs", "Open jobs and dead letters, counted to 10,000.", labels=["state"])
    for name in ("waiting", "later", "running", "dead"):
        jobs.add_metric([name], getattr(backlog, name))
    yield jobs
    yield GaugeMetricFamily(
        "holdfast_outbox_lag_seconds",
        "For how long the oldest due job has waited for a worker.",
        backlog.oldest_seconds,
    )
    silence = queries.silence()
    if silence is not None:
        yield GaugeMetricFamily("holdfast_schedules_silence_seconds", "Since when no schedule was rung.", silence)
    yield from _redis_state()


def _redis_state() -> Iterator[Metric]:
    workers = GaugeMetricFamily("rq_workers", "Live workers, by queue.", labels=["queue"])
    depth = GaugeMetricFamily("rq_queue_messages", "Messages that wait in Redis, by queue.", labels=["queue"])
    for name in (QUICK, HEAVY):
        found = doorbell().ask(partial(_line, name=name), None)
        if found is not None:
            workers.add_metric([name], found[0])
            depth.add_metric([name], found[1])
    yield workers
    yield depth


def _line(client: Redis, *, name: str) -> tuple[int, int]:
    line = queue(name, client)
    return Worker.count(queue=line), line.count


STATE.append(state)
