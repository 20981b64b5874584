"""The partner who activates offers: JSON over HTTP with a bearer key, idempotent by the transaction's id.

POST /activations   Idempotency-Key: <transaction_id>
                    {transaction_id, customer_id, offer_id, offer, duration_days, amount, currency}
    201 or 200 {transaction_id, status: "succeeded", reference}     202 {transaction_id, status: "pending"}
    422 {transaction_id, status: "refused", reason}                 409: the id belongs to another activation
GET  /activations/<transaction_id>
    200 with the same body                                          404 {transaction_id, status: "absent"}

The same id is sent with the same body, or the partner takes it for another activation. Whatever is not agreed here
leaves the effect unknown: a wrong key, a proxy's page, another transaction, no answer. Only these words are definite.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.money import whole
from app.core.outbound import Answer, Call, NoAnswer, ask
from app.core.settings import Settings

ACTIVATED = {(200, "succeeded"), (201, "succeeded"), (202, "pending"), (422, "refused")}
LOOKED_UP = {(200, "succeeded"), (200, "pending"), (200, "refused"), (404, "absent")}
LONGEST_REASON, LONGEST_REFERENCE = 500, 255


@dataclass(frozen=True)
class Asked:
    """An activation; sent again it says the same."""

    transaction_id: UUID
    user_id: int
    offer_id: int
    offer_name: str
    duration_days: int
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Said:
    """succeeded, refused, pending, absent (it never heard of it), or unknown, with a reason."""

    kind: str
    reason: str = ""
    reference: str = ""


def activate(asked: Asked, settings: Settings) -> Said:
    """Ask for it once."""
    name = str(asked.transaction_id)
    body = {"transaction_id": name, "customer_id": asked.user_id, "offer_id": asked.offer_id}
    body |= {"offer": asked.offer_name, "duration_days": asked.duration_days}
    body |= {"amount": str(whole(asked.amount)), "currency": asked.currency}
    headers = _headers(settings) | {"Content-Type": "application/json", "Idempotency-Key": name}
    call = Call("POST", _address(settings), headers, json.dumps(body).encode())
    return _said(call, name, ACTIVATED, settings)


def look_up(transaction_id: UUID, settings: Settings) -> Said:
    """What became of it."""
    name = str(transaction_id)
    call = Call("GET", f"{_address(settings)}/{name}", _headers(settings))
    return _said(call, name, LOOKED_UP, settings)


def _address(settings: Settings) -> str:
    return f"{settings.partner_url.rstrip('/')}/activations"


def _headers(settings: Settings) -> dict[str, str]:
    wanted = {"Accept": "application/json", "Accept-Encoding": "identity"}
    return wanted | {"Authorization": f"Bearer {settings.partner_key}"}


def _said(call: Call, name: str, agreed: set[tuple[int, str]], settings: Settings) -> Said:
    try:
        answer = ask(call, seconds=settings.partner_timeout_seconds)
    except NoAnswer as silence:
        return Said("unknown", _plain(str(silence), LONGEST_REASON))
    told = _object(answer)
    status = told.get("status")
    if told.get("transaction_id") != name or not isinstance(status, str) or (answer.status, status) not in agreed:
        return Said("unknown", f"HTTP {answer.status} with an answer that is not agreed")
    return Said(status, _plain(told.get("reason"), LONGEST_REASON), _plain(told.get("reference"), LONGEST_REFERENCE))


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _plain(text: Any, longest: int) -> str:
    """What can be stored and shown: no control characters, no halves of a character."""
    letters = text[:longest] if isinstance(text, str) else ""
    return "".join(letter if letter.isprintable() else " " for letter in letters)
