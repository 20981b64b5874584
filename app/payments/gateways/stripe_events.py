"""What Stripe's events say, in our words; of most of them nothing is to be said.

A refund is told by the `refund.*` events alone: `charge.refunded` says the same once more, without naming the refund.
"""

from typing import Any

import stripe

from app.core.settings import Settings
from app.payments import queries
from app.payments.errors import WebhookSignatureInvalid
from app.payments.gateways.stripe_money import to_major
from app.payments.service.inbox import Told

TOLERANCE = 300
SESSIONS = frozenset(
    f"checkout.session.{what}" for what in ("completed", "expired", "async_payment_succeeded", "async_payment_failed")
)
REFUNDS = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})
# Anything else says that the payment or the refund is still under way.
REFUND_ENDS = {"succeeded": "refunded", "failed": "refund_failed", "canceled": "refund_failed"}
LATER = "checkout.session.async_payment_failed"


def verify(body: bytes, header: str | None, settings: Settings) -> None:
    """Refuse what our secret did not sign within the last five minutes."""
    try:
        stripe.WebhookSignature.verify_header(body, header, settings.stripe_webhook_secret, TOLERANCE)
    except (stripe.SignatureVerificationError, ValueError) as error:
        raise WebhookSignatureInvalid from error


def told(event: Any) -> Told | None:
    """What an event says of a payment of ours, if anything; KeyError and TypeError: it is not one of Stripe's."""
    kind, about = event["type"], event["data"]["object"]
    if kind in SESSIONS:
        return of_session(about, event["id"], failed=kind == LATER)
    if kind in REFUNDS:
        known = queries.reference_of("stripe", _id(about["payment_intent"]))
        return of_refund(about, event["id"], known or _id(about["payment_intent"]))
    return None


def of_session(session: Any, event_id: str, *, failed: bool = False) -> Told | None:
    """Whether a checkout was paid."""
    status = "failed" if failed or session["status"] == "expired" else "success"
    under_way = status == "success" and session["payment_status"] != "paid"
    if under_way or not session["client_reference_id"] or not session["amount_total"]:
        return None
    amount = to_major(session["amount_total"], session["currency"])
    paid = _id(session["payment_intent"]) if status == "success" else None
    return Told(event_id, session["client_reference_id"], status, amount, session["currency"].upper(), paid)


def of_refund(refund: Any, event_id: str, reference: str | None) -> Told | None:
    """Whether money went back, by us or in Stripe's own pages."""
    ours = refund["metadata"] or {}
    about = ours.get("reference", reference)
    status = REFUND_ENDS.get(refund["status"])
    if status is None or not about:
        return None
    name = ours.get("refund_id", refund["id"])
    amount, currency = to_major(refund["amount"], refund["currency"]), refund["currency"].upper()
    return Told(event_id, about, status, amount, currency, _id(refund["payment_intent"]), name)


def _id(expanded: Any) -> str | None:
    """Stripe names an object, or sends all of it."""
    return expanded if expanded is None or isinstance(expanded, str) else str(expanded["id"])
