"""The start of a promo is announced: planned, cut into ranges of ids, told range by range, each once.

Data: `promo_announcements` (that it began; how many were counted), `promo_announcement_ranges` (who is told together,
asked for, done, with what outcome), and what app.notifications writes. A range is told and marked as done in one
commit, so whoever dies before it has told nobody; customers who are asked for again are passed over.

| step | in one transaction | when it dies before the commit |
|---|---|---|
| begin (tick) | a row for each promo that has begun, and a job that plans it | the next tick |
| plan (job) | the audience is counted and cut into ranges that cover all ids | its next try |
| ask (tick, plan) | `asked_at`, and a job for each range of a promo that runs and whose turn it is | the next tick |
| tell (job) | the customers of the range as they are now, the outcome, `done_at` | its next try |
| stop (job) | a range of a promo that does not run now is given back, to be asked for again | its next try |
| close (tick) | promos whose ranges are all done | the next tick |

What is left of a promo that is over is told of as suppressed by the same jobs, so each customer has a reason. Lock
order: the announcement or the range, then what the function of app.notifications takes.
"""

from typing import Any

from sqlalchemy import delete, exists, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_new

from app.core import db
from app.core.settings import Settings
from app.jobs import service as jobs
from app.notifications.service import telling
from app.promos import queries, rules
from app.promos.models import AnnouncementRange, PromoAnnouncement
from app.promos.service.invitations import invitation

KIND = "flash_promo"
TOLD_AT_ONCE = 1000
BEGUN_AT_ONCE = 100
LAST_ID = 2**63 - 1
# A more important promo for which nothing has happened for so long keeps the others waiting no longer.
PATIENCE_SECONDS = 300
R = AnnouncementRange.__table__.c
_ASK = text("""
    WITH begun AS (
        SELECT a.promo_id, p.priority, promos_status(
                p.activated_at, p.paused_at, p.starts_at, coalesce(p.ended_at, p.ends_at), s.sold >= s.allotted,
                clock_timestamp()
            ) AS status,
            a.planned IS NULL OR EXISTS (
                SELECT FROM promo_announcement_ranges
                WHERE promo_id = a.promo_id AND done_at IS NULL AND asked_at IS NULL
            ) AS has_more,
            EXISTS (
                SELECT FROM promo_announcement_ranges WHERE promo_id = a.promo_id AND done_at IS NULL
            ) AS is_open,
            greatest(a.started_at, (
                SELECT max(greatest(asked_at, done_at)) FROM promo_announcement_ranges WHERE promo_id = a.promo_id
            )) > clock_timestamp() - make_interval(secs => :patience) AS moves
        FROM promo_announcements AS a
        JOIN promos AS p ON p.id = a.promo_id JOIN promo_stock AS s ON s.promo_id = a.promo_id
        WHERE a.ended_at IS NULL
    ),
    turn AS (
        SELECT promo_id FROM begun AS mine
        WHERE status = 'ended' OR (status = 'running' AND NOT EXISTS (
            SELECT FROM begun AS other
            WHERE other.status = 'running' AND other.priority > mine.priority
              AND (other.has_more OR (other.is_open AND other.moves))
        ))
    )
    UPDATE promo_announcement_ranges AS r SET asked_at = clock_timestamp() FROM turn
    WHERE r.promo_id = turn.promo_id AND r.done_at IS NULL AND r.asked_at IS NULL
    RETURNING r.promo_id, r.after_id, r.to_id
""")


def tick() -> int:
    """Begin what has started, ask for what may be told now, close what is done; how many ranges were asked for."""
    _begin()
    asked = ask()
    _count()
    _close()
    return asked


def plan(*, promo_id: int) -> int | None:
    """Count the audience of a promo and cut it into ranges; planned before: nothing happens."""
    known = queries.announcement(promo_id, locked=True)
    if known is None or known.planned is not None:
        return None
    planned = _cut(promo_id, after_id=0, to_id=LAST_ID)
    mine = update(PromoAnnouncement).where(PromoAnnouncement.promo_id == promo_id)
    db.session().execute(mine.values(planned=planned))
    ask()
    return planned


def ask() -> int:
    """Ask for the ranges whose turn it is; how many."""
    rows = db.session().execute(_ASK, {"patience": PATIENCE_SECONDS}).all()
    jobs.enqueue_many("promos.notify_range", sorted((row._asdict() for row in rows), key=_place))
    return len(rows)


def tell(*, promo_id: int, after_id: int, to_id: int, settings: Settings) -> dict[str, int] | None:
    """Tell the customers of a range, if the promo runs at this moment; told before or not now: None."""
    if not queries.open_range(promo_id, after_id=after_id, to_id=to_id):
        return None
    promo = queries.promo(promo_id)
    place = {"after_id": after_id, "to_id": to_id}
    reason = rules.not_told_because(
        status=promo.status, paused=promo.paused_at is not None, sold_out=promo.sold >= promo.quantity
    )
    if promo.status != "running" and reason is None:
        _give_back(promo_id, after_id)
        return None
    ids = queries.ids_between(queries.audience_of(promo_id), **place, limit=TOLD_AT_ONCE + 1)
    if len(ids) > TOLD_AT_ONCE:
        _cut_again(promo_id, **place)
        return None
    words = invitation(promo, settings)
    texts = {"title": words.title, "body": words.body, "mail": words.mail}
    outcome = telling.tell(kind=KIND, subject_id=promo_id, customer_ids=ids, reason=reason, settings=settings, **texts)
    done = {"done_at": func.clock_timestamp(), "outcome": outcome}
    db.session().execute(_range(promo_id, after_id).values(**done))
    return outcome


def _begin() -> None:
    ids = queries.due(limit=BEGUN_AT_ONCE)
    if not ids:
        return
    new = insert_new(PromoAnnouncement).values([{"promo_id": promo_id} for promo_id in ids])
    begun = db.session().scalars(new.on_conflict_do_nothing().returning(PromoAnnouncement.promo_id)).all()
    jobs.enqueue_many("promos.plan_announcement", [{"promo_id": promo_id} for promo_id in begun])


def _cut(promo_id: int, *, after_id: int, to_id: int) -> int:
    parts = queries.cut(queries.audience_of(promo_id), after_id=after_id, to_id=to_id, size=TOLD_AT_ONCE)
    spans = rules.ranges([part.last_id for part in parts], after_id=after_id, to_id=to_id)
    rows = [{"promo_id": promo_id, "after_id": begins, "to_id": ends} for begins, ends in spans]
    db.session().execute(insert(AnnouncementRange), rows)
    return sum(part.customers for part in parts)


def _cut_again(promo_id: int, *, after_id: int, to_id: int) -> None:
    """More customers came into a range than are told at once; its parts are asked for by the next tick."""
    db.session().execute(delete(AnnouncementRange).where(R.promo_id == promo_id, R.after_id == after_id))
    _cut(promo_id, after_id=after_id, to_id=to_id)


def _give_back(promo_id: int, after_id: int) -> None:
    db.session().execute(_range(promo_id, after_id).values(asked_at=None))


def _range(promo_id: int, after_id: int) -> Any:
    return update(AnnouncementRange).where(R.promo_id == promo_id, R.after_id == after_id)


def _count() -> None:
    """A range is told by a process that ends with it; here its outcome is counted once, by one that lives on."""
    news = update(AnnouncementRange).where(R.done_at.is_not(None), ~R.is_counted).values(is_counted=True)
    for outcome in db.session().scalars(news.returning(R.outcome)):
        telling.count(outcome)


def _close() -> None:
    left = select(R.promo_id).where(R.promo_id == PromoAnnouncement.promo_id, R.done_at.is_(None))
    mine = (PromoAnnouncement.ended_at.is_(None), PromoAnnouncement.planned.is_not(None), ~exists(left))
    db.session().execute(update(PromoAnnouncement).where(*mine).values(ended_at=func.clock_timestamp()))


def _place(row: dict[str, Any]) -> tuple[int, int]:
    return row["promo_id"], row["after_id"]
