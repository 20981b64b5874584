"""What a customer was told, on the page of the customer."""

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.access import requires
from app.core.panels import PANELS, Part
from app.core.roles import Role
from app.customers.queries import customers
from app.notifications import queries

blp = Blueprint("notifications_console", __name__, url_prefix="/console/customers")

PANELS.parts_of_customer["notifications"] = Part(
    "Notifications", lambda customer: url_for("notifications_console.index", customer_id=customer.id)
)
SHOWN = 10
# What each reason is called.
REASONS = {
    "paused": "Promo paused",
    "sold_out": "Sold out",
    "ended": "Promo over",
    "quiet_hours": "Quiet hours",
    "no_channel": "No channel",
    "cap": "Told enough that day",
}


@blp.get("/<id:customer_id>/notifications")
@requires(Role.VIEWER)
def index(customer_id: int) -> Response:
    """The latest notifications of a customer, those that were suppressed too."""
    customer = customers.customer(customer_id)
    page = queries.page(customer_id, limit=SHOWN, cursor=request.args.get("cursor") or None)
    return htmx.render("notifications/index.html", "list", page=htmx.listed(page), customer=customer, reasons=REASONS)
