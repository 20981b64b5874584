"""`/flash-promos/…`: whom a promo is for, and who has been told."""

from typing import Any

from flask import Response

from app.core import jsons
from app.core.access import requires
from app.core.api import Blueprint, json_response
from app.core.errors import ValidationFailed
from app.core.roles import Role
from app.core.sparse import shown
from app.customers.errors import SegmentNotFound
from app.inventory.errors import ProductNotFound
from app.promos import queries, rules
from app.promos.errors import PromoNotFound
from app.promos.queries import Audience
from app.promos.schemas import AnnouncementOut, AudienceIn, AudienceOut

blp = Blueprint(
    "flash_promo_announcements",
    __name__,
    url_prefix="/api/v1/flash-promos",
    description="Whom promos are for, and who has been told.",
)

EXAMPLE = {"product_id": 1, "audience": "all", "max_distance_km": 2.0}


@blp.route("/<id:promo_id>/notifications")
@blp.response(200, AnnouncementOut)
@blp.refuses(PromoNotFound)
@requires(Role.VIEWER)
def get_announcement(promo_id: int) -> Response:
    """Show how far the start of a promo is announced, and who was not told for which reason."""
    return json_response(jsons.dump(shown(AnnouncementOut, None).dump(queries.announced(promo_id))))


@blp.route("/<id:promo_id>/audience")
@blp.response(200, AudienceOut)
@blp.refuses(PromoNotFound)
@requires(Role.VIEWER)
def get_audience(promo_id: int) -> Response:
    """Count whom a promo is for at this moment, and show some of them."""
    return _counted(queries.audience_of(promo_id))


@blp.route("/audience", methods=["POST"])
@blp.arguments(AudienceIn, example=EXAMPLE)
@blp.response(200, AudienceOut)
@blp.refuses(ProductNotFound, SegmentNotFound, ValidationFailed)
@requires(Role.VIEWER)
def preview_audience(body: dict[str, Any]) -> Response:
    """Count whom a promo of this product would be for at this moment."""
    segment_ids, audience = body["segment_ids"], body["audience"]
    if found := rules.audience_faults(audience=audience, segment_ids=segment_ids):
        raise ValidationFailed(found)
    named = queries.known_segments(segment_ids) if audience == "segments" else None
    kilometres = body["max_distance_km"]
    return _counted(queries.audience_around(body["product_id"], segment_ids=named, max_distance_km=kilometres))


def _counted(who: Audience) -> Response:
    found = queries.counts(who)._asdict() | {"sample": queries.sample(who)}
    return json_response(jsons.dump(shown(AudienceOut, None).dump(found)))
