"""Promos' background work."""

from flask import current_app

from app.core.web import settings_of
from app.jobs.registry import HEAVY, job
from app.promos.service import announcing, holds, lifecycle, refusals


@job("promos.expire_holds", every=1)
def expire_holds() -> int:
    """Free what lapsed holds still hold."""
    return holds.expire_due()


@job("promos.close_over", every=1)
def close_over() -> int:
    """Give back what promos that are over did not sell."""
    return lifecycle.close_over()


@job("promos.announce_starts", every=1)
def announce_starts() -> int:
    """See to it that customers are told of promos that have begun."""
    return announcing.tick()


@job("promos.plan_announcement", queue=HEAVY)
def plan_announcement(promo_id: int) -> int | None:
    """Count whom a promo is for, and cut them into ranges."""
    return announcing.plan(promo_id=promo_id)


@job("promos.notify_range", queue=HEAVY)
def notify_range(promo_id: int, after_id: int, to_id: int) -> dict[str, int] | None:
    """Tell the customers of a range, once each."""
    return announcing.tell(promo_id=promo_id, after_id=after_id, to_id=to_id, settings=settings_of(current_app))


@job("promos.forget_refusals", cron="50 3 * * *", queue=HEAVY)
def forget_refusals() -> int:
    """Forget whom promos refused long ago."""
    return refusals.forget(days=settings_of(current_app).refusal_retention_days)
