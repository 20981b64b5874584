"""What jobs refuse."""

from app.core.errors import AppError


class JobNotFound(AppError):
    """There is no such job; finished ones are forgotten after a while."""

    status = 404
    code = "job_not_found"
    detail = "There is no job {job_id}."


class ScheduleNotFound(AppError):
    """There is no schedule of this name."""

    status = 404
    code = "schedule_not_found"
    detail = "There is no schedule {name}."


class JobNotQueued(AppError):
    """Only a job that still waits can be cancelled; this one is running or finished."""

    status = 409
    code = "job_not_queued"
    detail = "The job is {state}; only a queued one can be cancelled."


class JobNotDead(AppError):
    """Only a dead letter can be retried or discarded; somebody else may have done so already."""

    status = 409
    code = "job_not_dead"
    detail = "The job is {state}; only a dead one can be retried or discarded."


class LeaseLost(AppError):
    """The worker kept the job longer than its lease; another one has it now, and what this one did is undone."""

    status = 409
    code = "lease_lost"
    detail = "The lease ran out; the work is undone and left to whoever has the job now."


class QueueUnavailable(AppError):
    """Redis does not answer. Jobs wait in PostgreSQL meanwhile; none is lost."""

    status = 503
    code = "queue_unavailable"
    detail = "Redis does not answer; try again."
    retry_after = 2
