"""Messages of the provider and refunds that somebody should look at, each with one action where there is one."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import requires
from app.core.jsons import indented
from app.core.pagination import capped
from app.core.panels import PANELS, NavItem
from app.core.roles import Role
from app.payments import queries
from app.payments.errors import EventNotFlagged, NothingToRefund, NothingToSee, RefundNotFailed, RefundTooLarge
from app.payments.service import inbox, refunds

blp = Blueprint("payments_console", __name__, url_prefix="/console/payments")

PANELS.navigation["payments"] = NavItem("Payments", "payments_console.index", "shield", "y", 22, group="Selling")
PAGE_SIZE = 25
REFUSED = (EventNotFlagged, NothingToRefund, NothingToSee, RefundNotFailed, RefundTooLarge)


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """What is wrong, kind by kind."""
    kind = _kind()
    page = queries.faults(kind, limit=PAGE_SIZE, cursor=request.args.get("cursor") or None)
    counts = {each: capped(count) for each, count in queries.fault_counts().items()}
    facts = {"kind": kind, "counts": counts, "is_event": kind in queries.EVENT_FAULTS, "indented": indented}
    return htmx.render("payments/index.html", "list", page=htmx.listed(page), filters={"kind": kind}, facts=facts)


@blp.post("/events/<id:event_id>/settle")
@requires(Role.OPERATOR)
def settle_again(event_id: int) -> AnyResponse:
    """Let a flagged message be settled once more."""
    return _told(lambda: inbox.settle_again(event_id=event_id), "It is settled again in a moment.")


@blp.post("/events/<id:event_id>/seen")
@requires(Role.OPERATOR)
def see(event_id: int) -> AnyResponse:
    """Mark a message as looked at."""
    return _told(lambda: inbox.see(event_id=event_id), "It is marked as seen.")


@blp.post("/refunds/<uuid:refund_id>/retry")
@requires(Role.OPERATOR)
def retry_refund(refund_id: UUID) -> AnyResponse:
    """Promise again what the provider refused to pay back."""
    reference = queries.refund(refund_id).reference
    return _told(lambda: refunds.retry(refund_id=refund_id, reference=reference), "The refund is tried again.")


def _told(act: Callable[[], None], done: str) -> AnyResponse:
    _, refused = forms.tried(act, dict.fromkeys(REFUSED, "it"))
    flash(refused.get("it", done), "error" if refused else "ok")
    return htmx.go(url_for("payments_console.index", kind=_kind()))


def _kind() -> str:
    asked = request.args.get("kind", "")
    return asked if asked in queries.FAULTS else queries.FAULTS[0]
