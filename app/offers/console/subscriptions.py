"""What a customer paid time for, on the page of the customer and on one of its own."""

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.access import requires
from app.core.panels import PANELS, Part
from app.core.roles import Role
from app.customers.queries import customers
from app.offers.console import presentation
from app.offers.queries import subscriptions as queries
from app.offers.queries.subscriptions import SubscriptionFilter

blp = Blueprint("subscriptions", __name__, url_prefix="/customers/<id:customer_id>/subscriptions")

PANELS.parts_of_customer["subscriptions"] = Part(
    "Subscriptions", lambda customer: url_for("offers_console.subscriptions.index", customer_id=customer.id)
)
SHOWN = 10


@blp.get("")
@requires(Role.VIEWER)
def index(customer_id: int) -> Response:
    """The subscriptions of a customer with their periods, the newest first."""
    customer = customers.customer(customer_id)
    which = SubscriptionFilter(user_id=customer_id)
    page = queries.page(which, limit=SHOWN, cursor=request.args.get("cursor") or None)
    facts = {"customer": customer, "words": presentation}
    return htmx.render("subscriptions/index.html", "list", page=htmx.listed(page), **facts)
