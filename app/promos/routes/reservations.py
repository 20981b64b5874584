"""`/promo-reservations`: one unit of a promo, held for a minute."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, url_for

from app.core import jsons
from app.core.access import caller, requires, whose
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.edge import unit
from app.core.errors import BadCursor, ValidationFailed
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.core.schemas import ObjectQuery, schema_named
from app.core.sparse import shown
from app.core.web import settings_of
from app.customers.errors import CustomerNotFound
from app.promos import queries
from app.promos.errors import (
    HeldByOthers,
    HeldByYou,
    HoldCooldown,
    HoldExpired,
    LimitReached,
    LocationUnknown,
    NotInSegment,
    OutsideRadius,
    PromoNotFound,
    PromoNotRunning,
    PromoReservationEnded,
    PromoReservationNotFound,
    SoldOut,
)
from app.promos.queries import PromoHoldFilter
from app.promos.schemas import PromoReservationIn, PromoReservationOut, PromoReservationQuery
from app.promos.service import holds

blp = Blueprint(
    "promo_reservations",
    __name__,
    url_prefix="/api/v1/promo-reservations",
    description="Units of promos that are held for a minute.",
)

OrderOut = schema_named("OrderOut")


@blp.route("", methods=["POST"])
@blp.arguments(PromoReservationIn, example={"promo_id": 1})
@blp.response(201, PromoReservationOut)
@blp.refuses(
    PromoNotFound,
    CustomerNotFound,
    PromoNotRunning,
    HeldByYou,
    LimitReached,
    SoldOut,
    LocationUnknown,
    NotInSegment,
    OutsideRadius,
    HeldByOthers,
    HoldCooldown,
    ValidationFailed,
)
@requires(Role.OPERATOR, or_customer=True)
@idempotent
@unit("verb")
def create_promo_reservation(body: dict[str, Any]) -> Response:
    """Hold one unit of a promo for 60 seconds: nobody else can have it."""
    user_id = whose(body.pop("customer_id", None)) or caller().user_id
    made = holds.reserve(**body, user_id=user_id, settings=settings_of(current_app))
    response = json_response(jsons.dump(shown(PromoReservationOut, None).dump(made)), 201)
    response.headers["Location"] = url_for("promo_reservations.get_promo_reservation", reservation_id=made.id)
    return response


@blp.route("")
@blp.arguments(PromoReservationQuery, location="query")
@blp.response(200, page_schema(PromoReservationOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER, or_customer=True)
def list_promo_reservations(query: dict[str, Any]) -> Response:
    """List promo reservations, the newest first: a customer's own, staff all."""
    which = PromoHoldFilter(whose(query["customer_id"]), query["promo_id"], query["status"])
    page = queries.holds(which, limit=query["limit"], cursor=query["cursor"])
    return linked(json_response(page_body(page, shown(PromoReservationOut, query["fields_"]))), page.next_cursor)


@blp.route("/<uuid:reservation_id>")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, PromoReservationOut)
@blp.refuses(PromoReservationNotFound, ValidationFailed)
@requires(Role.VIEWER, or_customer=True)
def get_promo_reservation(query: dict[str, Any], reservation_id: UUID) -> Response:
    """Show a promo reservation."""
    schema = shown(PromoReservationOut, query["fields_"])
    return json_response(jsons.dump(schema.dump(queries.hold(reservation_id, user_id=whose(None)))))


@blp.route("/<uuid:reservation_id>/complete", methods=["POST"])
@blp.response(200, OrderOut)
@blp.refuses(PromoReservationNotFound, HoldExpired, PromoReservationEnded)
@requires(Role.OPERATOR, or_customer=True)
@idempotent
@unit("verb")
def complete_promo_reservation(reservation_id: UUID) -> Response:
    """Buy what is held, at its price; asked again, the answer is the same order. It has to be paid in time."""
    order = holds.complete(hold_id=reservation_id, user_id=whose(None), settings=settings_of(current_app))
    return json_response(jsons.dump(shown(OrderOut, None).dump(order)))


@blp.route("/<uuid:reservation_id>", methods=["DELETE"])
@blp.response(204)
@blp.refuses(PromoReservationNotFound, PromoReservationEnded)
@requires(Role.OPERATOR, or_customer=True)
@unit("statement")
def release_promo_reservation(reservation_id: UUID) -> str:
    """Give a held unit back; again is no fault."""
    holds.release(hold_id=reservation_id, user_id=whose(None))
    return ""
