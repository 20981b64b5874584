"""One offer: what it is, how many bought it, what was done to it, and what takes no form."""

from typing import Any

from flask import Response, flash, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.audit import queries as audit_queries
from app.core import htmx
from app.core.access import requires
from app.core.pagination import capped
from app.core.roles import Role
from app.offers.console import presentation
from app.offers.console.offers import blp
from app.offers.queries import activations, subscriptions
from app.offers.queries import offers as queries
from app.offers.queries.activations import ActivationFilter
from app.offers.service import offers as service


@blp.get("/<id:offer_id>")
@requires(Role.VIEWER)
def detail(offer_id: int) -> Response:
    """One offer."""
    counts = activations.counts(ActivationFilter(offer_id=offer_id))
    facts: dict[str, Any] = {
        "offer": queries.offer(offer_id, inactive_too=True),
        "counts": {status: capped(count) for status, count in counts.items()},
        "running": capped(subscriptions.running(offer_id)),
        "history": audit_queries.of_object("offer", offer_id),
    }
    return htmx.render("offers/detail.html", "content", words=presentation, **facts)


@blp.post("/<id:offer_id>/activate")
@requires(Role.OPERATOR)
def activate(offer_id: int) -> AnyResponse:
    """Show the offer to customers."""
    return _switch(offer_id, is_active=True)


@blp.post("/<id:offer_id>/deactivate")
@requires(Role.OPERATOR)
def deactivate(offer_id: int) -> AnyResponse:
    """Hide the offer from customers."""
    return _switch(offer_id, is_active=False)


@blp.post("/<id:offer_id>/delete")
@requires(Role.OPERATOR)
def delete(offer_id: int) -> AnyResponse:
    """Remove an offer that nobody ever bought."""
    service.delete_offer(offer_id=offer_id)
    flash("The offer is deleted.", "ok")
    return htmx.go(url_for("offers_console.offers.index"))


def _switch(offer_id: int, *, is_active: bool) -> AnyResponse:
    offer = service.update_offer(offer_id=offer_id, changes={"is_active": is_active})
    flash(f"{offer.name} is {'active' if is_active else 'inactive'}.", "ok")
    return htmx.go(url_for("offers_console.offers.detail", offer_id=offer_id))
