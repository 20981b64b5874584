"""One order: what was ordered, how it is paid, how far it is, and everything that was told about it."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core import htmx
from app.core.access import requires
from app.core.roles import Role
from app.mail import queries as mail_queries
from app.mail import service as mail
from app.orders import queries, rules
from app.orders.console import presentation
from app.orders.console.orders import blp
from app.payments import queries as payment_queries


@blp.get("/<uuid:order_id>")
@requires(Role.VIEWER)
def detail(order_id: UUID) -> Response:
    """One order."""
    order = queries.with_customer(order_id)
    facts = _facts(order) | _money(order.reference)
    return htmx.render("orders/detail.html", "content", order=order, words=presentation, **facts)


def _facts(order: Any) -> dict[str, Any]:
    steps = queries.history(order.id)
    mails = mail_queries.about(f"order:{order.id}:")
    return {
        "lines": queries.items_of(order.id),
        "way": presentation.way(order, steps),
        "story": presentation.story(steps),
        "legal": rules.BY_HAND[order.status],
        "mails": [(each, not mail.holds_link(each)) for each in mails],
        "now": queries.now(),
        "notes": queries.notes(order.id),
    }


def _money(reference: str) -> dict[str, Any]:
    payment, refunds = payment_queries.payment(reference), payment_queries.refunds(reference)
    latest = {(refund.capture_id, refund.cause): refund.id for refund in refunds}
    return {
        "payment": payment,
        "checkout": payment_queries.live_checkout(reference),
        "left": payment.captured - payment.refunded,
        "captures": payment_queries.captures(reference),
        "refunds": [(refund, refund.id in latest.values()) for refund in refunds],
        "events": payment_queries.events(reference),
    }
