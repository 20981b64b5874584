"""`/flash-promos/{id}/preflight`: what stands in the way of a promo."""

from typing import Any

from app.core.access import requires
from app.core.api import Blueprint
from app.core.roles import Role
from app.promos.errors import PromoNotFound
from app.promos.schemas import PreflightOut
from app.promos.service import preflight

blp = Blueprint(
    "flash_promo_preflight", __name__, url_prefix="/api/v1/flash-promos", description="Sales that open at a second."
)


@blp.route("/<id:promo_id>/preflight")
@blp.response(200, PreflightOut)
@blp.refuses(PromoNotFound)
@requires(Role.VIEWER)
def get_preflight(promo_id: int) -> Any:
    """Say, check by check, what the activation would refuse and what would disappoint; nothing is changed."""
    return preflight.preflight(promo_id)
