"""`/account/subscriptions`."""

from typing import Any

from flask import Response

from app.core.access import requires, whose
from app.core.api import Blueprint, page_schema
from app.core.errors import BadCursor, ValidationFailed
from app.core.roles import Role
from app.core.sparse import shown
from app.offers.queries import subscriptions
from app.offers.queries.subscriptions import SubscriptionFilter
from app.offers.routes.answers import page_answer
from app.offers.schemas import SubscriptionOut, SubscriptionQuery

blp = Blueprint(
    "subscriptions",
    __name__,
    url_prefix="/api/v1/account/subscriptions",
    description="Periods that were paid for. A renewal begins when the running one ends.",
)


@blp.route("")
@blp.arguments(SubscriptionQuery, location="query")
@blp.response(200, page_schema(SubscriptionOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER, or_customer=True)
def list_subscriptions(query: dict[str, Any]) -> Response:
    """List subscriptions: a customer's own, staff all."""
    which = SubscriptionFilter(whose(query["customer_id"]), query["expiring_in_days"])
    page = subscriptions.page(which, limit=query["limit"], cursor=query["cursor"])
    return page_answer(page, shown(SubscriptionOut, query["fields_"]))
