"""How far customers came with promos, whom promos refused, and who is worth most.

Holds have no index on their time: each of them would pay for it 1,200 times a second. They are found promo by promo,
along the index there is: whoever held a unit in these days held it of a promo that was open then.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import text

from app.buys.queries.spans import WANTED, Span
from app.core.db import session

# A hold may be made a moment after its promo ended, when it waited for its turn; customers are told a little before.
_OPEN_THEN = f"""
    SELECT p.id FROM promos AS p
    WHERE p.activated_at IS NOT NULL AND p.starts_at < CAST(:ends AS timestamptz) + interval '1 day'
      AND coalesce(p.ended_at, p.ends_at) > CAST(:begins AS timestamptz) - interval '1 day'
      AND {WANTED.format(id="p.id")}
"""  # noqa: S608 - fragments of ours
# The holds of the span are the cohort: what became of them may come later.
_FUNNEL = text(
    f"""
    WITH open_then AS MATERIALIZED (SELECT ARRAY({_OPEN_THEN}) AS ids),
    holds AS MATERIALIZED (
        SELECT h.state, h.expires_at, h.returned_at, h.order_id FROM promo_holds AS h
        WHERE h.promo_id = ANY ((SELECT ids FROM open_then)::bigint[])
          AND h.created_at >= :begins AND h.created_at < :ends
    ),
    bought AS MATERIALIZED (
        SELECT o.id, o.refunded < o.total AS kept FROM orders AS o
        WHERE o.source_id = ANY ((SELECT ids FROM open_then)::bigint[]) AND o.source = 'promo'
          AND o.paid_at IS NOT NULL
    )
    SELECT (SELECT count(*) FROM notifications AS n
            WHERE n.kind = 'flash_promo' AND n.subject_id = ANY ((SELECT ids FROM open_then)::bigint[])
              AND n.suppressed IS NULL AND n.day BETWEEN :first AND :last) AS notified,
        count(*) AS held, count(*) FILTER (WHERE h.state = 'completed') AS completed,
        count(o.id) AS paid, count(*) FILTER (WHERE o.kept) AS kept,
        count(*) FILTER (WHERE h.state = 'expired') AS lapsed, count(*) FILTER (WHERE h.state = 'released') AS released,
        count(*) FILTER (WHERE h.returned_at IS NOT NULL AND o.id IS NULL) AS unpaid,
        count(*) FILTER (WHERE h.state <> 'held' OR h.expires_at <= clock_timestamp()) AS ended
    FROM holds AS h LEFT JOIN bought AS o ON o.id = h.order_id
    """  # noqa: S608 - fragments of ours
)
_REFUSALS = text(
    f"""
    SELECT r.code, sum(r.refusals)::bigint AS refusals FROM promo_refusals AS r
    WHERE r.minute >= :begins AND r.minute < :ends AND {WANTED.format(id="r.promo_id")}
    GROUP BY r.code ORDER BY 2 DESC, 1
    """  # noqa: S608 - fragments of ours
)
# How often somebody wanted a unit and there was none: each try counts, so it is the most that was lost, not the least.
_LOST = text(
    f"""
    SELECT p.id AS promo_id, g.name AS product, p.promo_price AS price, s.sold_out, s.held_by_others,
        (s.sold_out + s.held_by_others) * p.promo_price AS value
    FROM (
        SELECT r.promo_id, coalesce(sum(r.refusals) FILTER (WHERE r.code = 'sold_out'), 0)::bigint AS sold_out,
            coalesce(sum(r.refusals) FILTER (WHERE r.code = 'held_by_others'), 0)::bigint AS held_by_others
        FROM promo_refusals AS r
        WHERE r.minute >= :begins AND r.minute < :ends AND r.code IN ('sold_out', 'held_by_others')
          AND {WANTED.format(id="r.promo_id")}
        GROUP BY r.promo_id
    ) AS s JOIN promos AS p ON p.id = s.promo_id JOIN products AS g ON g.id = p.product_id
    ORDER BY value DESC, p.id LIMIT :most
    """  # noqa: S608 - fragments of ours
)
_WORTH = text("""
    WITH spent AS MATERIALIZED (
        SELECT o.user_id, count(*) FILTER (WHERE o.refunded < o.total) AS orders, sum(o.total - o.refunded) AS net
        FROM orders AS o WHERE o.paid_at >= :begins AND o.paid_at < :ends
        GROUP BY o.user_id ORDER BY net DESC, o.user_id LIMIT :most
    )
    SELECT s.user_id, u.username, s.orders, s.net, c.spend AS spend_ever, c.last_order_at
    FROM spent AS s JOIN users AS u ON u.id = s.user_id JOIN customers AS c ON c.id = s.user_id
    WHERE s.net > 0 ORDER BY s.net DESC, s.user_id
""")
_COMPARED = text("""
    SELECT p.id AS promo_id, g.name AS product, t.name AS store, p.quantity, p.promo_price AS price,
        h.held, h.completed,
        (SELECT count(*) FROM notifications AS n
         WHERE n.kind = 'flash_promo' AND n.subject_id = p.id AND n.suppressed IS NULL) AS notified,
        (SELECT coalesce(sum(r.refusals), 0)::bigint FROM promo_refusals AS r WHERE r.promo_id = p.id) AS refused,
        s.paid, s.kept, s.buyers, s.revenue, s.refunds, s.revenue - s.refunds AS net,
        extract(epoch FROM s.last_paid - GREATEST(p.activated_at, p.starts_at))::float AS seconds_to_last
    FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS asked (id, place)
    JOIN promos AS p ON p.id = asked.id JOIN products AS g ON g.id = p.product_id JOIN stores AS t ON t.id = g.store_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS held, count(*) FILTER (WHERE state = 'completed') AS completed
        FROM promo_holds WHERE promo_id = p.id
    ) AS h
    CROSS JOIN LATERAL (
        SELECT count(*) AS paid, count(*) FILTER (WHERE refunded < total) AS kept,
            count(DISTINCT user_id) FILTER (WHERE refunded < total) AS buyers,
            coalesce(sum(total), 0.00) AS revenue, coalesce(sum(refunded), 0.00) AS refunds, max(paid_at) AS last_paid
        FROM orders WHERE source = 'promo' AND source_id = p.id AND paid_at IS NOT NULL
    ) AS s
    ORDER BY asked.place
""")
_ENDED = text(
    f"""
    SELECT count(*) FILTER (WHERE h.state = 'completed') AS completed,
        count(*) FILTER (WHERE h.state <> 'held' OR h.expires_at <= clock_timestamp()) AS ended
    FROM promo_holds AS h WHERE h.promo_id = ANY (ARRAY({_OPEN_THEN}))
      AND h.created_at >= :begins AND h.created_at < :ends
    """  # noqa: S608 - fragments of ours
)


def funnel(span: Span) -> Any:
    """Of those who were told, how many held a unit, completed, paid, and kept it; and how the others ended."""
    return session().execute(_FUNNEL, span.asked() | {"first": span.first, "last": span.last}).one()


def refusals(span: Span) -> Sequence[Any]:
    """How often promos refused somebody, by reason."""
    return session().execute(_REFUSALS, span.asked()).all()


def lost_demand(span: Span, *, most: int) -> Sequence[Any]:
    """Promos that had nothing left for somebody who could have bought, and what that was worth at most."""
    return session().execute(_LOST, span.asked() | {"most": most}).all()


def worth_most(span: Span, *, most: int) -> Sequence[Any]:
    """The customers who paid most in these days, net of what went back, whatever they bought."""
    return session().execute(_WORTH, span.asked() | {"most": most}).all()


def compared(promo_ids: Collection[int]) -> Sequence[Any]:
    """Promos side by side, in the order in which they are asked for."""
    return session().execute(_COMPARED, {"ids": list(promo_ids)}).all()


def ended_holds(span: Span) -> Any:
    """How many holds of these days are over, and how many of them were bought."""
    return session().execute(_ENDED, span.asked()).one()
