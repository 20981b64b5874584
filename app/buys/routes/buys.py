"""`/buy` and `/stats`: shops tell of buys, and everybody's figures are asked for."""

from typing import Any

from flask import Response, current_app, request

from app.buys.schemas.buys import BuyIn, BuyOut, PromotionStatsOut, PromotionStatsQuery, StatsOut, StatsQuery
from app.buys.service import figures, logging
from app.buys.service import stats as all_stats
from app.core import jsons, ratelimit
from app.core.access import public, requires
from app.core.api import Blueprint, json_response
from app.core.edge import unit
from app.core.errors import ValidationFailed
from app.core.proxies import peer_of
from app.core.roles import Role
from app.core.web import settings_of
from app.promos.errors import PromoNotFound

blp = Blueprint("buys", __name__, url_prefix="/api/v1", description="Buys that shops tell of, and their figures.")
EXAMPLE = {"user_id": 7, "promotion_id": 3, "product_id": 12, "product_quantity": 2}
SHOWN, SHOWN_PROMOTION = StatsOut(), PromotionStatsOut()
TOLD = "Buy logged successfully. Total buys: {}"


@blp.route("/buy", methods=["POST"])
@blp.arguments(BuyIn, example=EXAMPLE)
@blp.response(200, BuyOut)
@blp.refuses(ValidationFailed)
@public
@unit("statement", limited=False)
def log_buy(body: dict[str, Any]) -> Response:
    """Count a buy of any shop; it is kept when this is answered."""
    settings = settings_of(current_app)
    ratelimit.count_tries(f"buys:{request.remote_addr}", settings.buys_per_minute)
    told: Any = request.headers
    count = logging.log(body, headers=told, peer=peer_of(request), hops=settings.trusted_proxy_hops)
    return json_response(jsons.dump({"success": True, "buy_count": count, "message": TOLD.format(count)}))


@blp.route("/stats")
@blp.arguments(StatsQuery, location="query")
@blp.response(200, StatsOut)
@blp.refuses(ValidationFailed)
@requires(Role.VIEWER)
def show_stats(query: dict[str, Any]) -> Response:
    """Show how long the service is up and how much was bought, exact at this instant over all processes."""
    found = all_stats.stats(hours=query["timeframe_hours"], settings=settings_of(current_app))
    return json_response(jsons.dump(SHOWN.dump(found)))


@blp.route("/stats/promotions/<id:promotion_id>")
@blp.arguments(PromotionStatsQuery, location="query")
@blp.response(200, PromotionStatsOut)
@blp.refuses(ValidationFailed, PromoNotFound)
@requires(Role.VIEWER)
def show_promotion_stats(query: dict[str, Any], promotion_id: int) -> Response:
    """Show the figures of a promotion: what shops told of it, or the own sales of a promo of this shop."""
    found = figures.figures(promotion_id, **query, settings=settings_of(current_app))
    return json_response(jsons.dump(SHOWN_PROMOTION.dump(found)))
