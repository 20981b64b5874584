"""The figures of one promotion, by what shops told or by the shop's own sales: never both in one."""

from typing import Any

from app.buys import queries
from app.buys.service import folding
from app.core.settings import Settings
from app.promos import queries as promos


def figures(promotion_id: int, *, source: str, grain: str, settings: Settings) -> dict[str, Any]:
    """The figures, with everything that was answered before they were asked for."""
    asked = {"grain": grain, "zone": settings.business_zone}
    if source == "own":
        promos.promo(promotion_id)
        row, more = queries.own(promotion_id, **asked), {"currency": settings.currency}
    else:
        folding.fold_all()
        row, more = queries.tracked(promotion_id, **asked), {}
    return {"promotion_id": promotion_id, "source": source, "grain": grain, **more, **row._asdict()}
