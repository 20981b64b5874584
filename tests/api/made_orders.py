"""Orders that exist, and a provider that speaks of their payment."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from flask.testing import FlaskClient

from app.core.web import HoldfastApp
from app.operations import service as operations
from app.orders import rules
from tests.callers import Caller

ORDERS, WEBHOOK = "/api/v1/orders", "/api/v1/webhooks/payment"
BOOKS = ("buys.", "inventory.", "orders.", "payments.", "stock.")
SECRET = base64.b64encode(b"new secret of the shop").decode()


def placed(caller: Caller, *items: tuple[int, int], **options: Any) -> Any:
    """The answer to an order of so many of each product."""
    lines = [{"product_id": product_id, "quantity": quantity} for product_id, quantity in items]
    return caller.post(ORDERS, json={"items": lines}, **options)


def signed(event: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The headers and the body of a message that the provider signs."""
    return sealed(json.dumps(event), str(event.get("event_id", "none")), **options)


def sealed(body: str, event_id: str, *, at: float | None = None, secret: str = SECRET) -> dict[str, Any]:
    """The same for a body of any kind."""
    moment = str(int(time.time() if at is None else at))
    told = f"{event_id}.{moment}.{body}".encode()
    signature = base64.b64encode(hmac.digest(base64.b64decode(secret), told, hashlib.sha256)).decode()
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{signature}",
        "Content-Type": "application/json",
    }
    return {"data": body, "headers": headers}


def tell(client: FlaskClient, event_id: str, order: dict[str, Any], status: str = "success", **more: Any) -> Any:
    """The answer to a message about an order."""
    event = {"event_id": event_id, "reference": order["reference"], "status": status, "amount": order["total"]} | more
    return client.post(WEBHOOK, **signed(event))


def breaches(app: HoldfastApp) -> list[Any]:
    """What breaks an invariant of stock, orders or money."""
    with app.app_context():
        found = [finding for finding in operations.check_invariants() if finding.rows]
    return [(each.invariant.name, each.rows) for each in found if each.invariant.name.startswith(BOOKS)]


def paid(staff: Caller, order: dict[str, Any]) -> Any:
    """The answer to a payment by hand."""
    return staff.post(f"{ORDERS}/{order['id']}/payments", json={"note": "cash"})


def brought_to(staff: Caller, order: dict[str, Any], status: str) -> None:
    """Bring an order there by the legal steps."""
    way = {"CONFIRMED": 1, "PROCESSING": 2, "SHIPPED": 3, "DELIVERED": 4}.get(status, 0)
    if way:
        assert paid(staff, order).status_code == 201
    for step in list(rules.STATUSES)[2 : 1 + way]:
        assert staff.patch(f"{ORDERS}/{order['id']}", json={"status": step}).status_code == 200
    if status == "CANCELLED":
        assert staff.post(f"{ORDERS}/{order['id']}/cancel").status_code == 200
