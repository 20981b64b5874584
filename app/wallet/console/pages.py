"""What a customer has and every movement of it, on the page of the customer and on one of its own."""

from flask import Blueprint, Response, current_app, request, url_for

from app.core import htmx
from app.core.access import requires
from app.core.panels import PANELS, Part
from app.core.roles import Role
from app.core.web import settings_of
from app.wallet import queries
from app.wallet.console import presentation

blp = Blueprint("wallet_console", __name__, url_prefix="/console/customers/<id:customer_id>/wallet")

PANELS.parts_of_customer["wallet"] = Part(
    "Wallet", lambda customer: url_for("wallet_console.index", customer_id=customer.id)
)
SHOWN = 10


@blp.get("")
@requires(Role.VIEWER)
def index(customer_id: int) -> Response:
    """The balance and the statement, the newest line first."""
    account = queries.account(customer_id, currency=settings_of(current_app).currency)
    page = queries.entries(customer_id, limit=SHOWN, cursor=request.args.get("cursor") or None)
    return htmx.render("wallet/index.html", "list", page=htmx.listed(page), account=account, words=presentation)
