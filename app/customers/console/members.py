"""Customers are put into a manual segment by name, and taken out again."""

from flask import flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import htmx
from app.core.access import requires
from app.core.roles import Role
from app.customers.console.segments import blp
from app.customers.queries import customers as queries
from app.customers.service import members as service


@blp.post("/<id:segment_id>/members")
@requires(Role.OPERATOR)
def add(segment_id: int) -> AnyResponse:
    """Put the customer of this name or address into the segment."""
    name = request.form.get("name", "").replace("\0", "").strip()[:254]
    customer_id = queries.by_name(name) if name else None
    if customer_id is None:
        return _told(
            segment_id, "error", f"There is no customer called {name}." if name else "Type a name or an address."
        )
    added = service.add_members(segment_id=segment_id, customer_ids=[customer_id])
    return _told(segment_id, "ok", f"{name} is in the segment." if added else f"{name} was in the segment already.")


@blp.post("/<id:segment_id>/members/<id:customer_id>/remove")
@requires(Role.OPERATOR)
def remove(segment_id: int, customer_id: int) -> AnyResponse:
    """Take the customer out of the segment."""
    service.remove_member(segment_id=segment_id, customer_id=customer_id)
    return _told(segment_id, "ok", "The customer is not in the segment any more.")


def _told(segment_id: int, kind: str, sentence: str) -> AnyResponse:
    flash(sentence, kind)
    return htmx.go(url_for("customers_console.segments.detail", segment_id=segment_id))
