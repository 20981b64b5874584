"""How far the start of a promo is announced."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, text

from app.core.db import session
from app.promos import rules
from app.promos.models import AnnouncementRange, Promo, PromoAnnouncement, PromoStock
from app.promos.queries.promos import NOW, OVER_AT, P, S, promo

A, R = PromoAnnouncement.__table__.c, AnnouncementRange.__table__.c
_SUMS = text("""
    SELECT key, sum(value::integer)::integer AS units FROM promo_announcement_ranges, jsonb_each_text(outcome)
    WHERE promo_id = :promo_id GROUP BY key
""")


def due(*, limit: int) -> Sequence[int]:
    """The promos that have begun, are not over, and are not announced yet, the most important first."""
    known = select(A.promo_id).where(A.promo_id == P.id).exists()
    begun = select(P.id).join(PromoStock, S.promo_id == P.id).select_from(Promo).where(S.state != "closed", ~known)
    now = begun.where(P.starts_at <= NOW, OVER_AT > NOW)
    return session().scalars(now.order_by(P.priority.desc(), P.starts_at, P.id).limit(limit)).all()


def announcement(promo_id: int, *, locked: bool = False) -> Any:
    """The announcement of a promo, if it has begun; a locked one changes for nobody else."""
    found = select(*A).where(A.promo_id == promo_id)
    return session().execute(found.with_for_update() if locked else found).first()


def open_range(promo_id: int, *, after_id: int, to_id: int) -> bool:
    """Whether these customers are still to be told; nobody else tells them meanwhile."""
    mine = select(R.promo_id).where(R.promo_id == promo_id, R.after_id == after_id, R.to_id == to_id)
    return session().scalar(mine.where(R.done_at.is_(None)).with_for_update()) is not None


def announced(promo_id: int) -> dict[str, Any]:
    """How far the start of a promo is announced, and who was not told for which reason."""
    row, begun = promo(promo_id), announcement(promo_id)
    counts = (func.count().label("ranges"), func.count(R.asked_at).label("asked"), func.count(R.done_at).label("done"))
    ranges = session().execute(select(*counts).where(R.promo_id == promo_id)).one()
    sums = {row.key: row.units for row in session().execute(_SUMS, {"promo_id": promo_id})}
    ended = begun is not None and begun.ended_at is not None
    return {
        "promo_id": promo_id,
        "state": rules.announcement(status=row.status, begun=begun is not None, asked=ranges.asked, ended=ended),
        "planned": begun.planned if begun else None,
        "told": sums.pop("told", 0),
        "by_channel": {channel: sums.pop(channel, 0) for channel in ("in_app", "email")},
        "suppressed": sums,
        "ranges": ranges.ranges,
        "ranges_done": ranges.done,
        "started_at": begun.started_at if begun else None,
        "ended_at": begun.ended_at if begun else None,
        "server_time": row.server_time,
    }
