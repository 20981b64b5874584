"""A promo that is sold out says so for a moment without asking the database.

Known only when every unit is sold, never when they are held: then nobody holds one, so a customer who bought none can
hear nothing else. Those who bought some are asked after, for they may have reached their limit. A unit that comes back
is sold again a quarter of a second later at most.
"""

from dataclasses import dataclass

from app.core.clock import monotonic
from app.promos import queries
from app.promos.errors import SoldOut

SECONDS = 0.25
MOST_BUYERS = 10_000
MOST_PROMOS = 1_000


@dataclass(frozen=True)
class Hint:
    """What is known of a promo, and until when."""

    until: float
    sold: int
    buyers: frozenset[int]


HINTS: dict[int, Hint] = {}


def refuse(*, promo_id: int, user_id: int) -> None:
    """Refuse at once whom the database would refuse too."""
    hint = HINTS.get(promo_id)
    if hint is not None and monotonic() < hint.until and user_id not in hint.buyers:
        raise SoldOut(promo_id=promo_id, sold=hint.sold)


def note(*, promo_id: int, sold: int) -> None:
    """Keep in mind that everything is sold, and to whom."""
    hint = HINTS.get(promo_id)
    if sold > MOST_BUYERS or (hint is not None and monotonic() < hint.until):
        return
    if len(HINTS) >= MOST_PROMOS:
        HINTS.clear()
    until = monotonic() + SECONDS
    HINTS[promo_id] = Hint(until, sold, frozenset(queries.buyers(promo_id, most=MOST_BUYERS)))
