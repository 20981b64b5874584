"""Partitions are made ahead and dropped when they are old; figures and keys of events are forgotten in batches.

A record whose partition nobody made in time is kept in the rest, so a scheduler that is dead refuses no buy. What is
not folded yet is never dropped. Each batch is one transaction; a full one asks for the next in its own commit.
"""

from sqlalchemy import text

from app.core import db
from app.core.settings import Settings
from app.jobs import service as jobs

AT_ONCE = 20_000
EXACT_DAYS = 8  # /stats looks back a week, and a buy may be a week old when it is told

_MAKE = text("SELECT buys_make_partitions(:ahead)")
_FORGET = text("SELECT buys_forget(:days, :most)")
_FORGET_KEYS = text("""
    DELETE FROM buy_keys WHERE event_id = ANY (ARRAY(
        SELECT event_id FROM buy_keys WHERE claimed_at < clock_timestamp() - interval '7 days'
        LIMIT :most FOR UPDATE SKIP LOCKED
    ))
""")
# The sums of all promotions by day are few, and stay.
_FORGET_ROLLUPS = text("""
    DELETE FROM buy_rollups WHERE ctid = ANY (ARRAY(
        SELECT r.ctid FROM (VALUES
            ('instant', CAST(:exact AS int)), ('second', :exact), ('minute', :days),
            ('quarter', :figures), ('hour', :figures), ('day', :figures)
        ) AS kept (grain, days) CROSS JOIN LATERAL (
            SELECT ctid FROM buy_rollups
            WHERE grain = kept.grain AND bucket < clock_timestamp() - make_interval(days => kept.days)
              AND (grain <> 'day' OR promotion_id <> 0)
            LIMIT :most
        ) AS r LIMIT :most
    ))
""")
_FORGET_SHARES = text("""
    DELETE FROM buy_shares WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM buy_shares WHERE day < CURRENT_DATE - CAST(:days AS int) LIMIT :most
    ))
""")


def make_partitions(settings: Settings) -> int:
    """Make the partitions of the days ahead."""
    return db.session().scalar(_MAKE, {"ahead": settings.buy_partitions_ahead}) or 0


def forget_buys(settings: Settings) -> int:
    """Forget buys that were told long ago."""
    gone = db.session().scalar(_FORGET, {"days": settings.buy_retention_days, "most": AT_ONCE}) or 0
    return jobs.go_on("buys.forget_buys", gone, full=AT_ONCE)


def forget_keys() -> int:
    """Forget events that were counted more than a week ago."""
    return _forgotten("buys.forget_keys", _FORGET_KEYS)


def forget_figures(settings: Settings) -> int:
    """Forget figures that are finer than their age."""
    kept = {"exact": EXACT_DAYS, "days": settings.buy_retention_days, "figures": settings.buy_figures_retention_days}
    return _forgotten("buys.forget_figures", _FORGET_ROLLUPS, **kept)


def forget_shares(settings: Settings) -> int:
    """Forget who bought what long ago."""
    return _forgotten("buys.forget_shares", _FORGET_SHARES, days=settings.buy_figures_retention_days)


def _forgotten(name: str, batch: object, **asked: int) -> int:
    gone = db.rows_of(db.session().execute(batch, {"most": AT_ONCE, **asked}))  # type: ignore[call-overload]  # text
    return jobs.go_on(name, gone, full=AT_ONCE)
