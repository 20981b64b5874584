"""`/jobs`, `/schedules`, `/failed-jobs`."""

from typing import Any

from flask import Response

from app.core.access import requires
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.errors import BadCursor, ValidationFailed
from app.core.idempotency import idempotent
from app.core.jsons import dump
from app.core.roles import Role
from app.core.schemas import ObjectQuery, Schema
from app.core.sparse import shown
from app.jobs import queries, service
from app.jobs.errors import JobNotDead, JobNotFound, JobNotQueued, ScheduleNotFound
from app.jobs.queries import JobFilter
from app.jobs.schemas import (
    DeadLetterOut,
    DeadLetterQuery,
    JobOut,
    JobQuery,
    RetriedOut,
    RetryIn,
    ScheduleList,
    ScheduleOut,
)

blp = Blueprint("jobs", __name__, url_prefix="/api/v1", description="Background work, its clock and its dead letters.")


@blp.route("/jobs")
@blp.arguments(JobQuery, location="query")
@blp.response(200, page_schema(JobOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER)
def list_jobs(query: dict[str, Any]) -> Response:
    """List jobs, newest first."""
    return _page(JobFilter(state=query["state"] or "", name=query["name"] or ""), query, JobOut)


@blp.route("/jobs/<id:job_id>")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, DeadLetterOut)
@blp.refuses(JobNotFound, ValidationFailed)
@requires(Role.VIEWER)
def get_job(query: dict[str, Any], job_id: int) -> Response:
    """Show a job."""
    return json_response(dump(shown(DeadLetterOut, query["fields_"]).dump(queries.job(job_id))))


@blp.route("/jobs/<id:job_id>/cancel", methods=["POST"])
@blp.response(200, JobOut)
@blp.refuses(JobNotFound, JobNotQueued)
@requires(Role.OPERATOR)
@idempotent
def cancel_job(job_id: int) -> Response:
    """Cancel a job that no worker has begun."""
    service.cancel(job_id=job_id)
    return _job(job_id)


@blp.route("/failed-jobs")
@blp.arguments(DeadLetterQuery, location="query")
@blp.response(200, page_schema(DeadLetterOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER)
def list_failed_jobs(query: dict[str, Any]) -> Response:
    """List dead letters, newest first."""
    return _page(JobFilter(state="dead", name=query["name"] or ""), query, DeadLetterOut)


@blp.route("/failed-jobs/<id:job_id>/retry", methods=["POST"])
@blp.response(200, JobOut)
@blp.refuses(JobNotFound, JobNotDead)
@requires(Role.OPERATOR)
@idempotent
def retry_failed_job(job_id: int) -> Response:
    """Give a dead letter all its tries again."""
    service.retry(job_id=job_id)
    return _job(job_id)


@blp.route("/failed-jobs/<id:job_id>/discard", methods=["POST"])
@blp.response(200, JobOut)
@blp.refuses(JobNotFound, JobNotDead)
@requires(Role.OPERATOR)
@idempotent
def discard_failed_job(job_id: int) -> Response:
    """Give up a dead letter for good."""
    service.discard(job_id=job_id)
    return _job(job_id)


@blp.route("/failed-jobs/retry-all", methods=["POST"])
@blp.arguments(RetryIn, example={"name": "mail.deliver"})
@blp.response(200, RetriedOut)
@blp.refuses(ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def retry_all_failed_jobs(body: dict[str, Any]) -> Response:
    """Retry all dead letters, or those of one kind."""
    return json_response(dump({"retried": service.retry_all(name=body["name"])}))


@blp.route("/schedules")
@blp.response(200, ScheduleList)
@requires(Role.VIEWER)
def list_schedules() -> Response:
    """List what the clock asks for."""
    return json_response(dump({"data": ScheduleOut(many=True).dump(queries.schedules())}))


@blp.route("/schedules/<name>/run", methods=["POST"])
@blp.response(200, ScheduleOut)
@blp.refuses(ScheduleNotFound)
@requires(Role.OPERATOR)
@idempotent
def run_schedule(name: str) -> Response:
    """Ask for a scheduled job at once."""
    service.run_now(name=name)
    return _schedule(name)


@blp.route("/schedules/<name>/pause", methods=["POST"])
@blp.response(200, ScheduleOut)
@blp.refuses(ScheduleNotFound)
@requires(Role.OPERATOR)
@idempotent
def pause_schedule(name: str) -> Response:
    """Let the clock ask no more."""
    service.pause(name=name)
    return _schedule(name)


@blp.route("/schedules/<name>/resume", methods=["POST"])
@blp.response(200, ScheduleOut)
@blp.refuses(ScheduleNotFound)
@requires(Role.OPERATOR)
@idempotent
def resume_schedule(name: str) -> Response:
    """Let the clock ask again."""
    service.resume(name=name)
    return _schedule(name)


def _page(which: JobFilter, query: dict[str, Any], row: type[Schema]) -> Response:
    page = queries.page(which, limit=query["limit"], cursor=query["cursor"])
    return linked(json_response(page_body(page, shown(row, query["fields_"]))), page.next_cursor)


def _job(job_id: int) -> Response:
    return json_response(dump(JobOut().dump(queries.job(job_id))))


def _schedule(name: str) -> Response:
    return json_response(dump(ScheduleOut().dump(next(each for each in queries.schedules() if each["name"] == name))))
