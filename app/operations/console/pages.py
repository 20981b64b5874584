"""The health page, and a test mail to oneself."""

from typing import cast

from flask import Blueprint, Response, flash, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import context, htmx
from app.core.access import requires
from app.core.panels import PANELS, NavItem
from app.core.roles import Role
from app.operations import service
from app.operations.console import checks

blp = Blueprint("operations_console", __name__, url_prefix="/console")

PANELS.navigation["health"] = NavItem("Health", "operations_console.health", "pulse", "b", 90, group="Operations")


@blp.get("/ops/health")
@requires(Role.VIEWER)
def health() -> Response:
    """Every part that the sale stands on, and what to do about one that fails."""
    return htmx.render("operations/health.html", "health", **checks.facts())


@blp.post("/emails/test")
@requires(Role.OPERATOR)
def send_test() -> AnyResponse:
    """Send a test mail to the caller's own address."""
    address = service.send_test_mail(cast("context.Principal", context.principal()))
    flash(f"A test mail to {address} is queued.", "ok")
    return htmx.go(url_for("mail_console.index", q=address))
