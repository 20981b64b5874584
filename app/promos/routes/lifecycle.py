"""`/flash-promos/{id}/…`: activated, paused, resumed, ended, copied."""

from typing import Any

from flask import Response, url_for

from app.core.access import requires
from app.core.api import Blueprint
from app.core.errors import Stale, ValidationFailed
from app.core.etags import expected_versions
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.inventory.errors import InsufficientStock
from app.promos.errors import (
    PriceNotBelow,
    PromoIllegalTransition,
    PromoNotActivatable,
    PromoNotFound,
    PromoOverlaps,
    WindowOver,
)
from app.promos.routes.answers import answer
from app.promos.schemas import DuplicateIn, PromoOut
from app.promos.service import lifecycle, planning

blp = Blueprint(
    "flash_promo_verbs", __name__, url_prefix="/api/v1/flash-promos", description="Sales that open at a second."
)


@blp.route("/<id:promo_id>/activate", methods=["POST"])
@blp.response(200, PromoOut)
@blp.refuses(
    PromoNotFound,
    PromoIllegalTransition,
    PromoNotActivatable,
    PromoOverlaps,
    PriceNotBelow,
    WindowOver,
    InsufficientStock,
    Stale,
)
@requires(Role.OPERATOR)
@idempotent
def activate_promo(promo_id: int) -> Response:
    """Activate a draft: its units are taken from the shelf, and it opens at its second."""
    lifecycle.activate(promo_id=promo_id, expected=expected_versions())
    return answer(promo_id)


@blp.route("/<id:promo_id>/pause", methods=["POST"])
@blp.response(200, PromoOut)
@blp.refuses(PromoNotFound, PromoIllegalTransition, Stale)
@requires(Role.OPERATOR)
@idempotent
def pause_promo(promo_id: int) -> Response:
    """Hold no more units; what is held can still be bought."""
    lifecycle.pause(promo_id=promo_id, expected=expected_versions())
    return answer(promo_id)


@blp.route("/<id:promo_id>/resume", methods=["POST"])
@blp.response(200, PromoOut)
@blp.refuses(PromoNotFound, PromoIllegalTransition, Stale)
@requires(Role.OPERATOR)
@idempotent
def resume_promo(promo_id: int) -> Response:
    """Go on with a promo that was paused."""
    lifecycle.resume(promo_id=promo_id, expected=expected_versions())
    return answer(promo_id)


@blp.route("/<id:promo_id>/end", methods=["POST"])
@blp.response(200, PromoOut)
@blp.refuses(PromoNotFound, PromoIllegalTransition, Stale)
@requires(Role.OPERATOR)
@idempotent
def end_promo(promo_id: int) -> Response:
    """End a promo now; what is neither sold nor held goes back to the shelf."""
    lifecycle.end(promo_id=promo_id, expected=expected_versions())
    return answer(promo_id)


@blp.route("/<id:promo_id>/duplicate", methods=["POST"])
@blp.optional_body
@blp.arguments(DuplicateIn, example={"starts_at": "2030-02-07T18:00:00Z", "ends_at": "2030-02-07T19:00:00Z"})
@blp.response(201, PromoOut)
@blp.refuses(PromoNotFound, PriceNotBelow, WindowOver, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def duplicate_promo(body: dict[str, Any], promo_id: int) -> Response:
    """Draft the same promo once more, at other times."""
    made = planning.duplicate_promo(promo_id=promo_id, **body)
    response = answer(made.id, status=201)
    response.headers["Location"] = url_for("flash_promos.get_promo", promo_id=made.id)
    return response
