"""How a sale goes: who holds, how holds ended and when, what was paid; each along one index, as of a given moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from app.core.prepared import Prepared

SHOWN_HOLDS = 10
BUCKETS = 60
LATELY_SECONDS = 300
CONFIRMED = 500

_SOONEST = Prepared(
    text("""
    SELECT h.id, h.user_id, u.username, h.created_at, h.expires_at
    FROM promo_holds AS h JOIN users AS u ON u.id = h.user_id
    WHERE h.promo_id BETWEEN :promo_id AND :promo_id AND h.state = 'held' AND h.expires_at > :now
    ORDER BY h.promo_id, h.expires_at LIMIT :most
""")
)
# A part of the sale's time, how holds ended in it, how many, and how many of them in the last minute and five minutes.
_ENDS = Prepared(
    text("""
    SELECT least(
            floor(date_part('epoch', ended_at - CAST(:since AS timestamptz)) / :step), :last
        )::integer AS bucket,
        CASE WHEN returned_at IS NOT NULL THEN 'returned' ELSE state END AS ending, count(*) AS holds,
        count(*) FILTER (WHERE ended_at > CAST(:now AS timestamptz) - interval '1 minute') AS minute,
        count(*) FILTER (WHERE ended_at > CAST(:now AS timestamptz) - make_interval(secs => :lately)) AS lately
    FROM promo_holds WHERE promo_id = :promo_id AND ended_at IS NOT NULL GROUP BY 1, 2
""")
)
_CONFIRMED = Prepared(
    text("""
    SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY date_part('epoch', ended_at - created_at)) FROM (
        SELECT created_at, ended_at FROM promo_holds
        WHERE promo_id = :promo_id AND ended_at IS NOT NULL AND state = 'completed' ORDER BY ended_at DESC LIMIT :most
    ) AS latest
""")
)
_MONEY = Prepared(
    text("""
    SELECT count(*) AS paid, coalesce(sum(total), 0) AS captured, coalesce(sum(refunded), 0) AS refunded
    FROM orders WHERE source_id = :promo_id AND source = 'promo' AND paid_at IS NOT NULL
""")
)
_REFUSALS = Prepared(
    text("""
    SELECT code, sum(refusals)::bigint AS count FROM promo_refusals WHERE promo_id = :promo_id
    GROUP BY code ORDER BY 2 DESC, 1
""")
)
_SWEEP_LAG = Prepared(
    text("""
    SELECT extract(epoch FROM statement_timestamp() - expires_at) FROM promo_holds
    WHERE state = 'held' AND expires_at <= statement_timestamp() ORDER BY expires_at LIMIT 1
""")
)


@dataclass(frozen=True)
class Ends:
    """How the holds of a promo ended: by part of its time and ending; and how many of each ending lately."""

    since: datetime
    step: float
    holds: dict[tuple[int, str], int]
    minute: dict[str, int]
    lately: dict[str, int]

    def count(self, *endings: str) -> int:
        """How many ended so."""
        return sum(holds for (_, ending), holds in self.holds.items() if ending in endings)

    def bought_by(self) -> list[int]:
        """How many units that are still sold were bought until the end of each part."""
        sums, total = [], 0
        for bucket in range(BUCKETS):
            total += self.holds.get((bucket, "completed"), 0)
            sums.append(total)
        return sums


@dataclass(frozen=True)
class Money:
    """How many orders were paid, for how much, and how much of it went back."""

    paid: int
    captured: Decimal
    refunded: Decimal


def soonest(promo_id: int, now: datetime) -> Sequence[Any]:
    """The live holds that end first."""
    return _SOONEST.all(promo_id=promo_id, now=now, most=SHOWN_HOLDS)


def ends(promo_id: int, *, since: datetime, until: datetime, now: datetime) -> Ends:
    """How holds ended between two moments, in parts of equal length; what ended later is in the last one."""
    step = max((until - since).total_seconds(), 1.0) / BUCKETS
    asked = {"promo_id": promo_id, "since": since, "step": step, "now": now}
    rows = _ENDS.all(**asked, last=BUCKETS - 1, lately=float(LATELY_SECONDS))
    holds: dict[tuple[int, str], int] = {}
    minute: dict[str, int] = {}
    lately: dict[str, int] = {}
    for row in rows:
        place = max(row.bucket, 0), row.ending
        holds[place] = holds.get(place, 0) + row.holds
        minute[row.ending] = minute.get(row.ending, 0) + row.minute
        lately[row.ending] = lately.get(row.ending, 0) + row.lately
    return Ends(since, step, holds, minute, lately)


def confirm_p95(promo_id: int) -> float | None:
    """Within how many seconds 95 of 100 of the latest purchases were made, from hold to completion."""
    found = _CONFIRMED.scalar(promo_id=promo_id, most=CONFIRMED)
    return None if found is None else float(found)


def money(promo_id: int) -> Money:
    """What came in for the orders of a promo."""
    row = _MONEY.one(promo_id=promo_id)
    return Money(row.paid, row.captured, row.refunded)


def refused(promo_id: int) -> Sequence[Any]:
    """How often a promo refused somebody, by reason, the most frequent first."""
    return _REFUSALS.all(promo_id=promo_id)


def sweep_lag() -> float:
    """For how many seconds the lapsed hold that waits longest has not been swept; 0 when none waits."""
    return float(_SWEEP_LAG.scalar() or 0)
