"""Dead letters: grouped by what went wrong, then one by one."""

from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import htmx
from app.core.access import requires
from app.core.pagination import capped
from app.core.panels import PANELS, NavItem
from app.core.roles import Role
from app.jobs import queries, service
from app.jobs.console import presentation
from app.jobs.errors import JobNotDead
from app.jobs.queries import JobFilter

blp = Blueprint("dead", __name__, url_prefix="/failed")

PANELS.navigation["dead"] = NavItem("Failed", "jobs_console.dead.index", "alert", "f", 71, group="Operations")
PAGE_SIZE = 25
GROUPS = 20


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """What went wrong, how often, and which jobs."""
    which = JobFilter(state="dead", name=_name())
    page = queries.page(which, limit=PAGE_SIZE, cursor=request.args.get("cursor") or None)
    groups = queries.dead_by_error(which.name, limit=GROUPS)
    values: dict[str, Any] = {"total": capped(queries.count(which)), "names": presentation.names(which.name)}
    return htmx.render(
        "jobs/failed.html", "list", page=htmx.listed(page), filters={"name": which.name}, groups=groups, **values
    )


@blp.post("/retry")
@requires(Role.OPERATOR)
def retry_filtered() -> AnyResponse:
    """Retry every dead letter of the filter."""
    return _told(service.retry_all(name=_name() or None), "retried")


@blp.post("/<id:job_id>/retry-like")
@requires(Role.OPERATOR)
def retry_group(job_id: int) -> AnyResponse:
    """Retry this dead letter and those of the same kind and error."""
    example = queries.job(job_id)
    if example.state != "dead":
        # Its error may be gone, and no error would mean every one of this kind.
        raise JobNotDead(state=example.state)
    return _told(service.retry_all(name=example.name, error=example.error), "retried")


@blp.post("/<id:job_id>/retry")
@requires(Role.OPERATOR)
def retry(job_id: int) -> AnyResponse:
    """Retry one."""
    service.retry(job_id=job_id)
    return _told(1, "retried")


@blp.post("/<id:job_id>/discard")
@requires(Role.OPERATOR)
def discard(job_id: int) -> AnyResponse:
    """Give one up."""
    service.discard(job_id=job_id)
    return _told(1, "discarded")


def _told(jobs: int, how: str) -> AnyResponse:
    """Back to the page that asked, saying how many."""
    flash(f"{jobs:,} {how}." if jobs else f"Nothing was {how}: somebody was faster.", "ok")
    job_id = request.args.get("job", "")
    if job_id.isdecimal() and len(job_id) < 19:
        return htmx.go(url_for("jobs_console.history.detail", job_id=job_id))
    return htmx.go(url_for("jobs_console.dead.index", name=_name() or None))


def _name() -> str:
    return request.args.get("name", "").replace("\0", "")[:80]
