"""What happened to a promo last, the newest first: each event once, under an id that stays.

Six kinds are read apart, each along an index and no further than the feed is long, then put together. An event stands
at the moment that its row says; a transaction that commits late adds it below newer ones.

A promo is asked for as a range of one, in whose order the events come: only an index that begins with the promo gives
that order. Asked for by `=`, PostgreSQL may go back along the time of all promos until it has met enough of this one.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from app.core.prepared import Prepared

LENGTH = 100
KINDS = ("held", "completed", "lapsed", "released", "paid", "cancelled")

_EVENTS = Prepared(
    text("""
    WITH held AS (
        SELECT 'held' AS kind, id, created_at AS at, user_id, NULL::uuid AS order_id, price AS amount
        FROM promo_holds WHERE promo_id BETWEEN :promo_id AND :promo_id
        ORDER BY promo_id DESC, id DESC LIMIT :most
    ),
    ended AS (
        SELECT CASE state WHEN 'expired' THEN 'lapsed' ELSE state END AS kind, id, ended_at AS at, user_id, order_id,
            price AS amount
        FROM promo_holds WHERE promo_id BETWEEN :promo_id AND :promo_id AND ended_at IS NOT NULL
        ORDER BY promo_id DESC, ended_at DESC LIMIT :most
    ),
    cancelled AS (
        SELECT 'cancelled' AS kind, id, returned_at AS at, user_id, order_id, price AS amount
        FROM promo_holds WHERE promo_id BETWEEN :promo_id AND :promo_id AND returned_at IS NOT NULL
        ORDER BY promo_id DESC, returned_at DESC LIMIT :most
    ),
    paid AS (
        SELECT 'paid' AS kind, id, paid_at AS at, user_id, id AS order_id, total AS amount
        FROM orders WHERE source_id BETWEEN :promo_id AND :promo_id AND source = 'promo' AND paid_at IS NOT NULL
        ORDER BY source_id DESC, paid_at DESC LIMIT :most
    ),
    events AS MATERIALIZED (
        SELECT * FROM (
            SELECT * FROM held UNION ALL SELECT * FROM ended
            UNION ALL SELECT * FROM cancelled UNION ALL SELECT * FROM paid
        ) AS each ORDER BY at DESC, kind, id DESC LIMIT :most
    )
    SELECT e.*, e.kind || '-' || e.id AS event_id, u.username FROM events AS e JOIN users AS u ON u.id = e.user_id
    ORDER BY e.at DESC, e.kind, e.id DESC
""")
)


def feed(promo_id: int) -> Sequence[Any]:
    """The last events of a promo."""
    return _EVENTS.all(promo_id=promo_id, most=LENGTH)
