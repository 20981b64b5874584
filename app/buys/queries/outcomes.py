"""How far customers came with promos, whom promos refused, and who is worth most."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import text

from app.buys.queries.own_sales import Span
from app.core.db import session

MOST = 100

# The holds of the span are the cohort: what became of them may come later.
_FUNNEL = text("""
    WITH chosen AS MATERIALIZED (
        SELECT p.id FROM promos AS p JOIN products AS r ON r.id = p.product_id
        WHERE (CAST(:promo_id AS bigint) IS NULL OR p.id = :promo_id)
          AND (CAST(:store_id AS bigint) IS NULL OR r.store_id = :store_id)
    ),
    holds AS MATERIALIZED (
        SELECT h.state, h.returned_at, h.order_id FROM promo_holds AS h JOIN chosen ON chosen.id = h.promo_id
        WHERE h.created_at >= :begins AND h.created_at < :ends
    )
    SELECT (SELECT count(*) FROM notifications AS n JOIN chosen ON chosen.id = n.subject_id
            WHERE n.kind = 'flash_promo' AND n.suppressed IS NULL
              AND n.day BETWEEN :first AND :last) AS notified,
        count(*) AS held, count(*) FILTER (WHERE h.state = 'completed') AS completed,
        count(*) FILTER (WHERE o.paid_at IS NOT NULL) AS paid,
        count(*) FILTER (WHERE o.paid_at IS NOT NULL AND o.refunded < o.total) AS kept,
        count(*) FILTER (WHERE h.state = 'expired') AS lapsed, count(*) FILTER (WHERE h.state = 'released') AS released,
        count(*) FILTER (WHERE h.returned_at IS NOT NULL AND o.paid_at IS NULL) AS unpaid
    FROM holds AS h LEFT JOIN orders AS o ON o.id = h.order_id
""")
_REFUSALS = text("""
    SELECT r.code, sum(r.refusals)::bigint AS refusals FROM promo_refusals AS r
        JOIN promos AS p ON p.id = r.promo_id JOIN products AS i ON i.id = p.product_id
    WHERE r.minute >= :begins AND r.minute < :ends
      AND (CAST(:promo_id AS bigint) IS NULL OR p.id = :promo_id)
      AND (CAST(:store_id AS bigint) IS NULL OR i.store_id = :store_id)
    GROUP BY r.code ORDER BY 2 DESC, 1
""")
# How often somebody wanted a unit and there was none: each try counts, so it is the most that was lost, not the least.
_LOST = text("""
    SELECT p.id AS promo_id, p.promo_price AS price,
        coalesce(sum(r.refusals) FILTER (WHERE r.code = 'sold_out'), 0)::bigint AS sold_out,
        coalesce(sum(r.refusals) FILTER (WHERE r.code = 'held_by_others'), 0)::bigint AS held_by_others,
        coalesce(sum(r.refusals * p.promo_price), 0.00) AS value
    FROM promo_refusals AS r JOIN promos AS p ON p.id = r.promo_id JOIN products AS i ON i.id = p.product_id
    WHERE r.minute >= :begins AND r.minute < :ends AND r.code IN ('sold_out', 'held_by_others')
      AND (CAST(:promo_id AS bigint) IS NULL OR p.id = :promo_id)
      AND (CAST(:store_id AS bigint) IS NULL OR i.store_id = :store_id)
    GROUP BY p.id ORDER BY value DESC, p.id LIMIT :most
""")
_WORTH = text("""
    SELECT o.user_id, u.username, count(*) FILTER (WHERE o.refunded < o.total) AS orders,
        sum(o.total - o.refunded) AS net, c.spend AS spend_ever, c.last_order_at
    FROM orders AS o JOIN users AS u ON u.id = o.user_id JOIN customers AS c ON c.id = o.user_id
    WHERE o.paid_at >= :begins AND o.paid_at < :ends
    GROUP BY o.user_id, u.username, c.spend, c.last_order_at
    HAVING sum(o.total - o.refunded) > 0 ORDER BY net DESC, o.user_id LIMIT :most
""")
_COMPARED = text("""
    SELECT p.id AS promo_id, p.quantity, p.promo_price AS price,
        (SELECT count(*) FROM notifications AS n
         WHERE n.kind = 'flash_promo' AND n.subject_id = p.id AND n.suppressed IS NULL) AS notified,
        (SELECT count(*) FROM promo_holds AS h WHERE h.promo_id = p.id) AS held,
        (SELECT count(*) FROM promo_holds AS h WHERE h.promo_id = p.id AND h.state = 'completed') AS completed,
        (SELECT coalesce(sum(r.refusals), 0)::bigint FROM promo_refusals AS r WHERE r.promo_id = p.id) AS refused,
        coalesce(s.paid, 0) AS paid, coalesce(s.kept, 0) AS kept, coalesce(s.buyers, 0) AS buyers,
        coalesce(s.revenue, 0.00) AS revenue, coalesce(s.refunds, 0.00) AS refunds, coalesce(s.net, 0.00) AS net,
        extract(epoch FROM s.last_paid - coalesce(p.activated_at, p.starts_at))::float AS seconds_to_last
    FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS asked (id, place) JOIN promos AS p ON p.id = asked.id
    LEFT JOIN LATERAL (
        SELECT count(*) AS paid, count(*) FILTER (WHERE refunded < total) AS kept, count(DISTINCT user_id) AS buyers,
            sum(total) AS revenue, sum(refunded) AS refunds, sum(total - refunded) AS net, max(paid_at) AS last_paid
        FROM orders WHERE source = 'promo' AND source_id = p.id AND paid_at IS NOT NULL
    ) AS s ON true
    ORDER BY asked.place
""")


def funnel(span: Span) -> Any:
    """Of those who were told, how many held a unit, completed, paid, and kept it; and how the others ended."""
    return session().execute(_FUNNEL, span.asked() | {"first": span.first, "last": span.last}).one()


def refusals(span: Span) -> Sequence[Any]:
    """How often promos refused somebody, by reason."""
    return session().execute(_REFUSALS, span.asked()).all()


def lost_demand(span: Span) -> Sequence[Any]:
    """Promos that had nothing left for somebody who could have bought, and what that was worth at most."""
    return session().execute(_LOST, span.asked() | {"most": MOST}).all()


def worth_most(span: Span, *, most: int = 20) -> Sequence[Any]:
    """The customers who paid most in these days, net of what went back, whatever they bought."""
    return session().execute(_WORTH, span.asked() | {"most": most}).all()


def compared(promo_ids: Collection[int]) -> Sequence[Any]:
    """Promos side by side, in the order in which they are asked for."""
    return session().execute(_COMPARED, {"ids": list(promo_ids)}).all()
