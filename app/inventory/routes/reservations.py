"""`/reservations`: units on the shelf that are held for a customer."""

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
from app.core.schemas import ObjectQuery
from app.core.sparse import shown
from app.core.web import settings_of
from app.customers.errors import CustomerNotFound
from app.customers.queries import customers
from app.inventory import queries
from app.inventory.errors import (
    InsufficientStock,
    ProductNotFound,
    ReservationEnded,
    ReservationNotFound,
    TooManyHolds,
)
from app.inventory.schemas import ReservationIn, ReservationOut, ReservationQuery
from app.inventory.service import holds

blp = Blueprint(
    "reservations", __name__, url_prefix="/api/v1/reservations", description="Units that are held for ten minutes."
)


@blp.route("", methods=["POST"])
@blp.arguments(ReservationIn, example={"product_id": 1, "quantity": 1})
@blp.response(201, ReservationOut)
@blp.refuses(ProductNotFound, CustomerNotFound, InsufficientStock, TooManyHolds, ValidationFailed)
@requires(Role.OPERATOR, or_customer=True)
@idempotent
@unit("verb")
def create_reservation(body: dict[str, Any]) -> Response:
    """Hold units of a product."""
    user_id = _holder(body.pop("customer_id", None))
    made = holds.reserve(**body, user_id=user_id, settings=settings_of(current_app))
    response = json_response(jsons.dump(shown(ReservationOut, None).dump(made)), 201)
    response.headers["Location"] = url_for("reservations.get_reservation", reservation_id=made.id)
    return response


@blp.route("")
@blp.arguments(ReservationQuery, location="query")
@blp.response(200, page_schema(ReservationOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER, or_customer=True)
def list_reservations(query: dict[str, Any]) -> Response:
    """List reservations, the newest first: a customer's own, staff all."""
    which = {name: query[name] for name in ("product_id", "status", "limit", "cursor")}
    page = queries.holds(user_id=whose(query["customer_id"]), **which)
    return linked(json_response(page_body(page, shown(ReservationOut, query["fields_"]))), page.next_cursor)


@blp.route("/<uuid:reservation_id>")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, ReservationOut)
@blp.refuses(ReservationNotFound, ValidationFailed)
@requires(Role.VIEWER, or_customer=True)
def get_reservation(query: dict[str, Any], reservation_id: UUID) -> Response:
    """Show a reservation."""
    schema = shown(ReservationOut, query["fields_"])
    row = queries.hold(reservation_id, user_id=whose(None))
    return json_response(jsons.dump(schema.dump(row)))


@blp.route("/<uuid:reservation_id>", methods=["DELETE"])
@blp.response(204)
@blp.refuses(ReservationNotFound, ReservationEnded)
@requires(Role.OPERATOR, or_customer=True)
@unit("statement")
def release_reservation(reservation_id: UUID) -> str:
    """Give held units back; again is no fault."""
    holds.release(hold_id=reservation_id, user_id=whose(None))
    return ""


def _holder(customer_id: int | None) -> int:
    """Who holds: customers for themselves, staff for an active customer, or for themselves."""
    named = whose(customer_id)
    if named is None:
        return caller().user_id
    if caller().role is not Role.CUSTOMER:
        customers.refuse_unknown(named)
    return named
