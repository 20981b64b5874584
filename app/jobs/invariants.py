"""What must never be found among jobs."""

from app.core.invariants import never

never(
    "jobs.nothing_forgotten",
    "at rest no job has been due for more than a minute",
    """
    SELECT id, name, state, due_at FROM jobs
    WHERE state IN ('queued', 'running') AND due_at < clock_timestamp() - interval '60 seconds'
    """,
)
