"""`/webhooks/…`: what payment providers tell, signed by the Standard Webhooks scheme or by Stripe's own."""

from dataclasses import asdict
from typing import Any

from flask import Response, current_app, request

from app.core import jsons
from app.core.access import anonymous
from app.core.api import Blueprint, json_response, loaded
from app.core.edge import unit
from app.core.errors import ValidationFailed
from app.core.web import settings_of
from app.payments.errors import WebhookSignatureInvalid
from app.payments.gateways import stripe_events
from app.payments.gateways.messages import WebhookIn
from app.payments.gateways.webhooks import verify
from app.payments.schemas import WebhookOut
from app.payments.service import inbox
from app.payments.service.inbox import Told

GENERIC, STRIPE = "generic", "stripe"
NO_EVENT = "This is no event as Stripe sends them."
EVENT = WebhookIn()
TWO_NAMES = "event_id has to be the same as the header webhook-id."

blp = Blueprint("payments", __name__, url_prefix="/api/v1/webhooks", description="What payment providers tell.")


@blp.route("/payment", methods=["POST"])
@blp.response(200, WebhookOut)
@blp.refuses(WebhookSignatureInvalid, ValidationFailed)
@anonymous
@unit("statement", limited=False)
def payment_webhook() -> Response:
    """Take what the provider tells; it is stored before it is answered."""
    body = request.get_data()
    verify(body, dict(request.headers), settings_of(current_app).payment_webhook_secrets)
    payload = jsons.body_of(request)
    inbox.receive(provider=GENERIC, told=_read(payload), payload=payload)
    return json_response(jsons.dump({"received": True}))


@blp.route("/stripe", methods=["POST"])
@blp.response(200, WebhookOut)
@blp.refuses(WebhookSignatureInvalid, ValidationFailed)
@anonymous
@unit("statement", limited=False)
def stripe_webhook() -> Response:
    """Take what Stripe tells of checkout sessions and refunds; any other event is answered and dropped."""
    stripe_events.verify(request.get_data(), request.headers.get("Stripe-Signature"), settings_of(current_app))
    payload = jsons.body_of(request)
    told = _read_event(payload)
    if told is not None:
        inbox.receive(provider=STRIPE, told=told, payload=payload)
    return json_response(jsons.dump({"received": told is not None}))


def _read_event(payload: Any) -> Told | None:
    try:
        told = stripe_events.told(payload)
    except (KeyError, TypeError, AttributeError, ArithmeticError, ValueError) as error:
        raise ValidationFailed([{"pointer": "", "code": "invalid", "detail": NO_EVENT}]) from error
    return loaded(EVENT, asdict(told)) if told else None


def _read(payload: Any) -> Told:
    told: Told = loaded(EVENT, payload)
    if told.event_id != request.headers["webhook-id"]:
        raise ValidationFailed([{"pointer": "/event_id", "code": "invalid", "detail": TWO_NAMES}])
    return told
