"""`/flash-promos`: planned, listed, shown, and who may buy."""

from typing import Any

from flask import Response, current_app, url_for

from app.core import context, jsons
from app.core.access import caller, public, requires, whose
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.errors import BadCursor, Stale, ValidationFailed
from app.core.etags import expected_versions
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.core.schemas import ObjectQuery
from app.core.sparse import shown
from app.core.web import settings_of
from app.customers.errors import CustomerNotFound, SegmentNotFound
from app.inventory.errors import InsufficientStock, ProductNotFound
from app.promos import queries
from app.promos.errors import (
    PriceNotBelow,
    PromoActive,
    PromoIllegalTransition,
    PromoNotActivatable,
    PromoNotEditable,
    PromoNotFound,
    PromoOverlaps,
    QuantityInUse,
    WindowOver,
)
from app.promos.queries import PromoFilter
from app.promos.routes.answers import answer
from app.promos.schemas import (
    CustomerQuery,
    EligibilityOut,
    EligiblePromoOut,
    PromoIn,
    PromoOut,
    PromoPatch,
    PromoQuery,
    PublicPromoOut,
    RunningQuery,
)
from app.promos.service import eligibility, lifecycle, planning

blp = Blueprint("flash_promos", __name__, url_prefix="/api/v1/flash-promos", description="Sales that open at a second.")

EXAMPLE = {
    "product_id": 1,
    "promo_price": "9.90",
    "starts_at": "2030-01-31T18:00:00Z",
    "ends_at": "2030-01-31T19:00:00Z",
    "audience": "all",
    "max_distance_km": 2.0,
    "quantity": 100,
    "per_customer_limit": 1,
    "is_active": True,
}
ACTIVATION = (PromoOverlaps, PromoNotActivatable, PromoIllegalTransition, InsufficientStock)
FACTS = (ProductNotFound, SegmentNotFound, PriceNotBelow, WindowOver, ValidationFailed)


@blp.route("")
@blp.arguments(PromoQuery, location="query")
@blp.response(200, page_schema(PromoOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER)
def list_promos(query: dict[str, Any]) -> Response:
    """List promos."""
    names = ("status", "product_id", "store_id", "segment_id", "q", "archived")
    place = {name: query[name] for name in ("ordering", "limit", "cursor")}
    page = queries.page(PromoFilter(**{name: query[name] for name in names}), **place)
    return linked(json_response(page_body(page, shown(PromoOut, query["fields_"]))), page.next_cursor)


@blp.route("", methods=["POST"])
@blp.arguments(PromoIn, example=EXAMPLE)
@blp.response(201, PromoOut)
@blp.refuses(*FACTS, *ACTIVATION)
@requires(Role.OPERATOR)
@idempotent
def create_promo(body: dict[str, Any]) -> Response:
    """Plan a promo; with `is_active` it is activated, and runs at once when its time has begun."""
    at_once = body.pop("is_active")
    promo_id = planning.draft_promo(**body).id
    if at_once:
        lifecycle.activate(promo_id=promo_id)
    response = answer(promo_id, status=201)
    response.headers["Location"] = url_for("flash_promos.get_promo", promo_id=promo_id)
    return response


@blp.route("/running")
@blp.arguments(RunningQuery, location="query")
@blp.response(200, page_schema(PublicPromoOut))
@blp.refuses(ValidationFailed, BadCursor)
@public
def list_running(query: dict[str, Any]) -> Response:
    """List the promos that run now and have units left, those that end first."""
    page = queries.running(**{name: query[name] for name in ("store_id", "product_id", "limit", "cursor")})
    return linked(json_response(page_body(page, shown(PublicPromoOut, query["fields_"]))), page.next_cursor)


@blp.route("/eligible")
@blp.arguments(CustomerQuery, location="query")
@blp.response(200, page_schema(EligiblePromoOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER, or_customer=True)
def list_eligible(query: dict[str, Any]) -> Response:
    """List the promos that the caller may buy from, those that end first; units may be held at this moment."""
    user_id = whose(query["customer_id"]) or caller().user_id
    page = queries.eligible(user_id, limit=query["limit"], cursor=query["cursor"])
    return linked(json_response(page_body(page, shown(EligiblePromoOut, query["fields_"]))), page.next_cursor)


@blp.route("/<id:promo_id>")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, PromoOut)
@blp.refuses(PromoNotFound, ValidationFailed)
@public
def get_promo(query: dict[str, Any], promo_id: int) -> Response:
    """Show a promo: staff all of it, others what is public once it is activated."""
    if _staff():
        return answer(promo_id, fields=query["fields_"])
    schema = shown(PublicPromoOut, query["fields_"])
    row = queries.promo(promo_id)
    if row.status == "draft" or row.archived_at is not None:
        raise PromoNotFound(promo_id=promo_id)
    return json_response(jsons.dump(schema.dump(row)))


@blp.route("/<id:promo_id>", methods=["PATCH"])
@blp.arguments(PromoPatch, example={"quantity": 150, "ends_at": "2030-01-31T19:30:00Z"})
@blp.response(200, PromoOut)
@blp.refuses(PromoNotFound, PromoNotEditable, QuantityInUse, *FACTS, *ACTIVATION, Stale)
@requires(Role.OPERATOR)
def update_promo(body: dict[str, Any], promo_id: int) -> Response:
    """Change a promo; while it runs, its quantity, its end and its audience."""
    expected, is_active = expected_versions(), body.pop("is_active", None)
    promo = planning.update_promo(promo_id=promo_id, changes=body, expected=expected)
    if is_active is not None:
        lifecycle.switch(promo_id=promo_id, is_active=is_active, expected=[promo.version])
    return answer(promo_id)


@blp.route("/<id:promo_id>", methods=["DELETE"])
@blp.response(204)
@blp.refuses(PromoNotFound, PromoActive, Stale)
@requires(Role.OPERATOR)
def delete_promo(promo_id: int) -> str:
    """Delete a draft; one that has ended is put away and keeps its history."""
    planning.remove_promo(promo_id=promo_id, expected=expected_versions())
    return ""


@blp.route("/<id:promo_id>/eligibility")
@blp.arguments(CustomerQuery(only=("customer_id",)), location="query")
@blp.response(200, EligibilityOut)
@blp.refuses(PromoNotFound, CustomerNotFound, ValidationFailed)
@requires(Role.VIEWER, or_customer=True)
def get_eligibility(query: dict[str, Any], promo_id: int) -> Response:
    """Say, rule by rule, whether a customer may have a unit now."""
    user_id = whose(query["customer_id"]) or caller().user_id
    found = eligibility.explain(promo_id=promo_id, user_id=user_id, settings=settings_of(current_app))
    return json_response(jsons.dump(shown(EligibilityOut, None).dump(found)))


def _staff() -> bool:
    who = context.principal()
    return who is not None and who.can(Role.VIEWER)
