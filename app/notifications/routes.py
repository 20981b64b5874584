"""`/notifications`: the inbox of a customer."""

from collections.abc import Iterator
from typing import Any

from flask import Response, current_app, request
from werkzeug.wrappers import Response as AnyResponse

from app.core import jsons
from app.core.access import Access, caller, requires, whose
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.edge import unit
from app.core.errors import BadCursor, ValidationFailed
from app.core.live import answers, measures, this_desk
from app.core.live.desk import Desk
from app.core.live.errors import LiveElsewhere, LiveFull, TooManyStreams
from app.core.live.events import BEAT, event, opening
from app.core.live.guard import Guard
from app.core.live.rounds import Rounds
from app.core.roles import Role
from app.core.sparse import shown
from app.core.streams import on_live
from app.notifications import queries
from app.notifications.errors import NotificationNotFound
from app.notifications.schemas import NotificationOut, NotificationQuery, ReadOut
from app.notifications.service import inbox
from app.notifications.service.arrivals import Arrivals, Listener, opened

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


@blp.route("/stream")
@blp.response(200, {"type": "string"}, content_type="text/event-stream")
@blp.refuses(BadCursor, LiveElsewhere, LiveFull, TooManyStreams)
@unit("own")
@on_live
@requires(Role.CUSTOMER)
def stream_notifications() -> AnyResponse:
    """Listen to your inbox: server-sent events, `notification` for each one from now on.

    Every event has an id; send the last one as `Last-Event-ID` to go on from there, nothing lost and nothing twice.
    Open the stream first and list the inbox then: what was there before is not sent. The stream ends with the session
    of its token. It comes from the live process; where that has an address of its own, this answers 307 with it, and
    clients that do not send their token to another address must ask there themselves.
    """
    at = this_desk()
    if at is None:
        return answers.elsewhere()
    arrivals, who = _arrivals(at), caller().user_id
    cursor = opened(who, request.headers.get("Last-Event-ID"), arrivals.floor)
    guard = answers.guard_of(Access("role", Role.CUSTOMER), at)
    return answers.streamed(at, "notifications", _told(at, arrivals, Listener(who, cursor), guard))


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


def _arrivals(at: Desk) -> Arrivals:
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the proxy's own way
    seconds = at.settings.live_inbox_seconds
    found: Arrivals = at.kept("arrivals", lambda: Arrivals(lambda work: Rounds(app, "arrivals", seconds, work).start()))
    return found


def _told(at: Desk, arrivals: Arrivals, listener: Listener, guard: Guard) -> Iterator[bytes]:
    """An event for each notification; while nobody can say whether the listener may stay, none."""
    arrivals.join(listener)
    try:
        yield opening() + event("ready", b"{}", number=str(listener.cursor))
        while guard.lets_stay() and not listener.closed:
            found = listener.take() if guard.sure else []
            for number, row in found:
                yield event("notification", jsons.dump(shown(NotificationOut, None).dump(row)), number=number)
            measures.SENT.labels("notifications").inc(len(found))
            yield BEAT
            listener.wait(at.settings.live_heartbeat_seconds, for_rows=guard.sure)
    finally:
        arrivals.leave(listener)
