"""`/activation`: asked for, and how far it is."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, url_for

from app.core import jsons
from app.core.access import caller, requires
from app.core.api import Blueprint, json_response
from app.core.edge import unit
from app.core.errors import ValidationFailed
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.core.sparse import shown
from app.core.web import settings_of
from app.offers.errors import (
    ActivationInProgress,
    NoPartner,
    OfferNotFound,
    SubscriptionTooFar,
    TransactionNotFound,
)
from app.offers.schemas import AcceptedOut, ActivationIn, ActivationStatusOut
from app.offers.service import activating, seen
from app.wallet.errors import InsufficientBalance, OtherCurrency

blp = Blueprint("activation", __name__, url_prefix="/api/v1/activation", description="Offers bought from the account.")


@blp.route("", methods=["POST"])
@blp.arguments(ActivationIn, example={"offer_id": 1})
@blp.response(202, AcceptedOut)
@blp.refuses(
    OfferNotFound,
    InsufficientBalance,
    ActivationInProgress,
    SubscriptionTooFar,
    NoPartner,
    OtherCurrency,
    ValidationFailed,
)
@requires(Role.CUSTOMER)
@idempotent
@unit("verb")
def create_activation(body: dict[str, Any]) -> Response:
    """Buy an offer from your account; it is activated in the background, or you get your money back."""
    made = activating.activate(user_id=caller().user_id, **body, settings=settings_of(current_app))
    response = json_response(jsons.dump(shown(AcceptedOut, None).dump(made)), 202)
    response.headers["Location"] = url_for("activation.get_activation_status", transaction_id=made.id)
    return response


@blp.route("/status/<uuid:transaction_id>")
@blp.response(200, ActivationStatusOut)
@blp.refuses(TransactionNotFound)
@requires(Role.CUSTOMER)
def get_activation_status(transaction_id: UUID) -> Response:
    """Show how far your activation is."""
    found = seen.status_of(transaction_id=transaction_id, user_id=caller().user_id)
    return json_response(jsons.dump(shown(ActivationStatusOut, None).dump(found)))
