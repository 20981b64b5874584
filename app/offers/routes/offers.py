"""`/offers`."""

from typing import Any

from flask import Response, url_for

from app.core import jsons
from app.core.access import caller, requires
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.errors import BadCursor, InUse, Stale, ValidationFailed
from app.core.etags import expected_versions, tagged
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.core.schemas import ObjectQuery
from app.core.sparse import shown
from app.offers.errors import OfferNotFound
from app.offers.queries import offers as queries
from app.offers.queries.offers import OfferFilter
from app.offers.schemas import OfferIn, OfferOut, OfferPatch, OfferQuery
from app.offers.service import offers

blp = Blueprint("offers", __name__, url_prefix="/api/v1/offers", description="What is bought from the account.")

EXAMPLE = {"name": "Premium, 30 days", "price": "9.90", "duration_days": 30}


@blp.route("")
@blp.arguments(OfferQuery, location="query")
@blp.response(200, page_schema(OfferOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER, or_customer=True)
def list_offers(query: dict[str, Any]) -> Response:
    """List offers; customers see those that are active."""
    which = OfferFilter(q=query["q"], is_active=query["is_active"] if _staff() else True)
    page = queries.page(which, ordering=query["ordering"], limit=query["limit"], cursor=query["cursor"])
    return linked(json_response(page_body(page, shown(OfferOut, query["fields_"]))), page.next_cursor)


@blp.route("", methods=["POST"])
@blp.arguments(OfferIn, example=EXAMPLE)
@blp.response(201, OfferOut)
@blp.refuses(ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def create_offer(body: dict[str, Any]) -> Response:
    """Make an offer."""
    offer = offers.create_offer(**body)
    response = tagged(json_response(jsons.dump(shown(OfferOut, None).dump(offer)), 201), offer.version)
    response.headers["Location"] = url_for("offers.get_offer", offer_id=offer.id)
    return response


@blp.route("/<id:offer_id>")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, OfferOut)
@blp.refuses(OfferNotFound, ValidationFailed)
@requires(Role.VIEWER, or_customer=True)
def get_offer(query: dict[str, Any], offer_id: int) -> Response:
    """Show an offer."""
    schema = shown(OfferOut, query["fields_"])
    offer = queries.offer(offer_id, inactive_too=_staff())
    return tagged(json_response(jsons.dump(schema.dump(offer))), offer.version)


@blp.route("/<id:offer_id>", methods=["PATCH"])
@blp.arguments(OfferPatch, example={"price": "7.90"})
@blp.response(200, OfferOut)
@blp.refuses(OfferNotFound, Stale, ValidationFailed)
@requires(Role.OPERATOR)
def update_offer(body: dict[str, Any], offer_id: int) -> Response:
    """Change an offer; what was activated before keeps its price and its days."""
    offer = offers.update_offer(offer_id=offer_id, changes=body, expected=expected_versions())
    return tagged(json_response(jsons.dump(shown(OfferOut, None).dump(offer))), offer.version)


@blp.route("/<id:offer_id>", methods=["DELETE"])
@blp.response(204)
@blp.refuses(OfferNotFound, InUse, Stale)
@requires(Role.OPERATOR)
def delete_offer(offer_id: int) -> str:
    """Delete an offer that was never activated; another one can be made inactive."""
    offers.delete_offer(offer_id=offer_id, expected=expected_versions())
    return ""


def _staff() -> bool:
    return caller().can(Role.VIEWER)
