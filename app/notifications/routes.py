"""`/notifications`: the inbox of a customer."""

from typing import Any

from flask import Response

from app.core import jsons
from app.core.access import caller, requires, whose
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.errors import BadCursor, ValidationFailed
from app.core.roles import Role
from app.core.sparse import shown
from app.notifications import queries
from app.notifications.errors import NotificationNotFound
from app.notifications.schemas import NotificationOut, NotificationQuery, ReadOut
from app.notifications.service import inbox

blp = Blueprint(
    "notifications", __name__, url_prefix="/api/v1/notifications", description="What customers are told in the shop."
)


@blp.route("")
@blp.arguments(NotificationQuery, location="query")
@blp.response(200, page_schema(NotificationOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER, or_customer=True)
def list_notifications(query: dict[str, Any]) -> Response:
    """List an inbox, the newest first: the caller's own, which is empty for staff, or for staff that of a customer."""
    customer_id = whose(query["customer_id"]) or caller().user_id
    page = queries.inbox(customer_id, **{name: query[name] for name in ("unread", "limit", "cursor")})
    return linked(json_response(page_body(page, shown(NotificationOut, query["fields_"]))), page.next_cursor)


@blp.route("/<id:notification_id>/read", methods=["POST"])
@blp.response(200, NotificationOut)
@blp.refuses(NotificationNotFound)
@requires(Role.CUSTOMER)
def read_notification(notification_id: int) -> Response:
    """Mark one of your notifications as read; again changes nothing."""
    mine = caller().user_id
    inbox.read(notification_id=notification_id, customer_id=mine)
    row = queries.one(notification_id, customer_id=mine)
    return json_response(jsons.dump(shown(NotificationOut, None).dump(row)))


@blp.route("/read-all", methods=["POST"])
@blp.response(200, ReadOut)
@requires(Role.CUSTOMER)
def read_all_notifications() -> Response:
    """Mark all of your notifications as read."""
    return json_response(jsons.dump({"read": inbox.read_all(customer_id=caller().user_id)}))
