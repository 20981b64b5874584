"""What a customer is told about an activation and its period: each kind once, in words of that moment."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core import money
from app.core.settings import Settings
from app.mail import service as mail
from app.offers.queries import subscriptions

NOBODY = ".invalid"
ACTIVATED, ENDED_IN_VAIN, ENDING = KINDS = ("activated", "failed", "ending")


def write(*, transaction_id: UUID, kind: str, settings: Settings) -> bool:
    """Write the mail of this kind, unless it is there; nobody is told that a period ends which is renewed already."""
    row = subscriptions.addressee(transaction_id)
    if row.email.endswith(NOBODY) or (kind == ENDING and subscriptions.is_renewed(row)):
        return False
    values = _values(row, settings)
    return mail.write(
        key=f"activation:{transaction_id}:{kind}", template=f"offer_{kind}", recipient=row.email, **values
    )


def _values(row: Any, settings: Settings) -> dict[str, Any]:
    return {
        "name": row.first_name or row.username,
        "offer": row.offer_name,
        "amount": money.show(row.amount, row.currency),
        "reason": row.reason,
        "starts_at": _local(row.starts_at, settings),
        "ends_at": _local(row.ends_at, settings),
    }


def _local(moment: datetime | None, settings: Settings) -> str:
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(settings.business_zone))
    return f"{local:%Y-%m-%d %H:%M} ({settings.business_zone})"
