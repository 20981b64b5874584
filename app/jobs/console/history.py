"""The list of jobs, and one job."""

from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.audit import queries as audit_queries
from app.core import htmx
from app.core.access import requires
from app.core.pagination import capped
from app.core.panels import PANELS, NavItem
from app.core.roles import Role
from app.jobs import queries, service
from app.jobs.console import presentation
from app.jobs.queries import JobFilter
from app.jobs.registry import JOBS
from app.jobs.schemas import STATES

blp = Blueprint("history", __name__, url_prefix="/jobs")

PANELS.navigation["jobs"] = NavItem("Jobs", "jobs_console.history.index", "queue", "j", 70, group="Operations")
PAGE_SIZE = 25


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """The latest jobs."""
    which = _asked()
    page = queries.page(which, limit=PAGE_SIZE, cursor=request.args.get("cursor") or None)
    shown = htmx.listed(page, presentation.shown)
    filters = {"state": which.state, "name": which.name}
    values: dict[str, Any] = {
        "total": capped(queries.count(which)),
        "states": presentation.STATE_CHOICES,
        "names": presentation.names(which.name),
    }
    return htmx.render("jobs/index.html", "list", page=shown, filters=filters, **values)


@blp.get("/<id:job_id>")
@requires(Role.VIEWER)
def detail(job_id: int) -> Response:
    """One job: what it was asked to do and what came of it."""
    row = queries.job(job_id)
    entries = audit_queries.of_object("job", job_id)
    known = row.name in JOBS
    return htmx.render("jobs/detail.html", "content", job=presentation.shown_whole(row), history=entries, known=known)


@blp.post("/<id:job_id>/cancel")
@requires(Role.OPERATOR)
def cancel(job_id: int) -> AnyResponse:
    """Take the job back before a worker begins it."""
    service.cancel(job_id=job_id)
    flash(f"Job {job_id} is cancelled.", "ok")
    return htmx.go(url_for("jobs_console.history.detail", job_id=job_id))


def _asked() -> JobFilter:
    state, name = (request.args.get(field, "") for field in ("state", "name"))
    return JobFilter(state=state if state in STATES else "", name=name.replace("\0", "")[:80])
