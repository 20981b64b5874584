"""What Prometheus learns of jobs."""

from prometheus_client import Counter, Histogram

SECONDS = Histogram("rq_job_duration_seconds", "How long jobs took, by kind.", ["job"])
JOBS_TOTAL = Counter("rq_jobs_total", "Jobs that ended, by kind and how.", ["job", "status"])


def done(name: str, status: str, seconds: float, *, count: int = 1) -> None:
    """Count jobs that ended together."""
    JOBS_TOTAL.labels(name, status).inc(count)
    for _ in range(count):
        SECONDS.labels(name).observe(seconds / count)
