"""The list of mails, and one mail as its reader sees it."""

from flask import Blueprint, Response, flash, make_response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import htmx
from app.core.access import requires
from app.core.pagination import capped
from app.core.panels import PANELS, NavItem
from app.core.roles import Role
from app.mail import queries, service
from app.mail.queries import EmailFilter

blp = Blueprint("mail_console", __name__, url_prefix="/console/emails")

PANELS.navigation["mail"] = NavItem("Mails", "mail_console.index", "mail", "m", 80, group="Operations")
PAGE_SIZE = 25
STATES = ("queued", "sent", "failed")
# What a mail says is somebody else's text: no script, no request, no part in our origin; only our page may frame it.
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """The latest mails."""
    which = _asked()
    page = queries.page(which, limit=PAGE_SIZE, cursor=request.args.get("cursor") or None)
    total = capped(queries.count(which))
    filters = {"q": which.q, "state": which.state}
    return htmx.render("mail_console/index.html", "list", page=htmx.listed(page), filters=filters, total=total)


@blp.get("/<id:email_id>")
@requires(Role.VIEWER)
def detail(email_id: int) -> Response:
    """One mail and what became of it."""
    email = queries.email(email_id)
    return htmx.render("mail_console/detail.html", "content", email=email, holds_link=service.holds_link(email))


@blp.get("/<id:email_id>/html")
@requires(Role.VIEWER)
def body(email_id: int) -> Response:
    """The mail's HTML alone, for a frame that runs nothing."""
    response = make_response(queries.email(email_id).html)
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


@blp.post("/<id:email_id>/resend")
@requires(Role.OPERATOR)
def resend(email_id: int) -> AnyResponse:
    """Send what the mail says once more."""
    again = service.resend(email_id=email_id)
    flash("The mail is queued again, as a mail of its own.", "ok")
    return htmx.go(url_for("mail_console.detail", email_id=again))


def _asked() -> EmailFilter:
    q, state = (request.args.get(field, "").replace("\0", "") for field in ("q", "state"))
    return EmailFilter(q=q.strip()[:100], state=state if state in STATES else "")
