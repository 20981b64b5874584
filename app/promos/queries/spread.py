"""Where the buyers of a promo are, as their profiles say now, rounded to squares of 100 m around the store."""

from collections.abc import Sequence
from math import cos, radians
from typing import Any

from sqlalchemy import text

from app.core.geo import EARTH_RADIUS_KM
from app.core.prepared import Prepared

LATEST = 2000
SQUARE_KM = 0.1
KM_PER_DEGREE = radians(EARTH_RADIUS_KM)

# The shorter way round the globe; a degree of longitude is as long as it is at the store.
_SQUARES = Prepared(
    text("""
    WITH latest AS MATERIALIZED (
        SELECT user_id FROM promo_holds
        WHERE promo_id = :promo_id AND ended_at IS NOT NULL AND state = 'completed' AND returned_at IS NULL
        ORDER BY ended_at DESC LIMIT :most
    )
    SELECT round((mod((c.longitude - :longitude + 540)::numeric, 360) - 180) * :wide)::integer AS east,
        round((c.latitude - :latitude) * :tall)::integer AS north, count(*) AS orders
    FROM latest JOIN customers AS c ON c.id = latest.user_id
    GROUP BY 1, 2 ORDER BY 3 DESC, 2, 1
""")
)


def squares(promo_id: int, latitude: float, longitude: float) -> Sequence[Any]:
    """How many of the latest orders are from each square, by squares east and north of the store; NULL: unknown."""
    tall = KM_PER_DEGREE / SQUARE_KM
    place = {"latitude": latitude, "longitude": longitude, "tall": tall, "wide": tall * cos(radians(latitude))}
    return _SQUARES.all(promo_id=promo_id, **place, most=LATEST)
