"""What a customer is told about an order: each kind once, in words of that moment."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core import money
from app.core.settings import Settings
from app.mail import service as mail
from app.orders import queries
from app.payments import queries as payment_queries

NOBODY = ".invalid"


def write(*, order_id: UUID, kind: str, settings: Settings) -> bool:
    """Write the mail of this kind (`refunded:<id>` names its refund), unless it is there."""
    order = queries.addressee(order_id)
    if order.email.endswith(NOBODY):
        return False
    word, _, refund_id = kind.partition(":")
    values = _values(order, settings)
    if refund_id:
        amount = payment_queries.refund(UUID(refund_id)).amount
        values["amount"] = money.show(amount, order.currency)
    return mail.write(key=f"order:{order_id}:{kind}", template=f"order_{word}", recipient=order.email, **values)


def _values(order: Any, settings: Settings) -> dict[str, Any]:
    local = order.pay_by.astimezone(ZoneInfo(settings.business_zone))
    return {
        "name": order.first_name or order.username,
        "reference": order.reference,
        "total": money.show(order.total, order.currency),
        "pay_by": f"{local:%H:%M} ({settings.business_zone})",
        "items": [
            (line.quantity, line.name, money.show(line.subtotal, order.currency)) for line in queries.items_of(order.id)
        ],
    }
