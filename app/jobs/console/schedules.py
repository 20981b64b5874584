"""The schedules: when each is due, how it went, and stopping it."""

from flask import Blueprint, Response, current_app, flash, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import htmx
from app.core.access import requires
from app.core.panels import PANELS, NavItem
from app.core.roles import Role
from app.core.web import settings_of
from app.jobs import queries, service
from app.jobs.console import presentation

blp = Blueprint("schedules", __name__, url_prefix="/schedules")

PANELS.navigation["schedules"] = NavItem(
    "Schedules", "jobs_console.schedules.index", "clock", "l", 72, group="Operations"
)


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """Everything that the clock asks for."""
    zone = settings_of(current_app).business_zone
    schedules = queries.schedules()
    latest = queries.latest_of(row["name"] for row in schedules)
    rows = [presentation.scheduled(row, zone, latest.get(row["name"])) for row in schedules]
    return htmx.render("jobs/schedules.html", "list", schedules=rows)


@blp.post("/<name>/run")
@requires(Role.OPERATOR)
def run(name: str) -> AnyResponse:
    """Ask for the job at once."""
    service.run_now(name=name)
    return _told(f"{name} is asked for.")


@blp.post("/<name>/pause")
@requires(Role.OPERATOR)
def pause(name: str) -> AnyResponse:
    """Let the clock leave it out."""
    service.pause(name=name)
    return _told(f"{name} is paused.")


@blp.post("/<name>/resume")
@requires(Role.OPERATOR)
def resume(name: str) -> AnyResponse:
    """Let the clock ask again."""
    service.resume(name=name)
    return _told(f"{name} is resumed.")


def _told(sentence: str) -> AnyResponse:
    flash(sentence, "ok")
    return htmx.go(url_for("jobs_console.schedules.index"))
