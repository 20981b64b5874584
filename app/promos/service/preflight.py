"""What stands in the way of a promo, and what will disappoint, before anybody finds out by activating it.

Only reads: the activation decides everything again under its locks. A blocker would be refused by it; a warning would
not. An activated promo has its units and its time already, so those rules are not asked of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.clock import rfc3339
from app.jobs import workers
from app.mail import queries as mail
from app.mail.queries import EmailFilter
from app.promos import queries

OK, WARNING, BLOCKER = "ok", "warning", "blocker"
SOON_SECONDS = 60


@dataclass(frozen=True)
class Check:
    """One rule: how it came out, in words and in figures."""

    check: str
    result: str
    detail: str
    figures: dict[str, Any]


@dataclass(frozen=True)
class Preflight:
    """Every check of a promo at a moment."""

    promo_id: int
    promo_status: str
    checks: list[Check]
    server_time: datetime

    @property
    def ready(self) -> bool:
        """Whether nothing blocks it."""
        return not self.blockers

    @property
    def blockers(self) -> list[Check]:
        """What the activation would refuse."""
        return [check for check in self.checks if check.result == BLOCKER]


def preflight(promo_id: int) -> Preflight:
    """Every check of a promo."""
    row = queries.promo(promo_id)
    checks = [*_blocking(row), *_audience(row), *_machinery(), *_start(row)]
    return Preflight(promo_id, row.status, checks, row.server_time)


def blockers(promo_id: int) -> list[Check]:
    """Only what the activation would refuse."""
    return [check for check in _blocking(queries.promo(promo_id)) if check.result == BLOCKER]


def _blocking(row: Any) -> Iterator[Check]:
    offer = queries.offer(row.product_id)
    if row.activated_at is None:
        yield _stock(row, offer)
        yield _overlap(row)
    sold = "The product is on sale." if offer.is_active else "The product is off sale. Activate it first."
    yield _blocker("product_inactive", sold, passed=offer.is_active, product_id=offer.id)
    open_ = "The store is open." if offer.is_open else "The store is inactive. Activate it first."
    yield _blocker("store_inactive", open_, passed=offer.is_open, store_id=offer.store_id)
    below = row.promo_price < offer.price
    price = "The promo price is below the product's." if below else "The product costs no more than the promo price."
    yield _blocker("price_not_below", price, passed=below, price=str(offer.price), promo_price=str(row.promo_price))
    left = row.over_at > row.server_time
    over = "The window is still open or to come." if left else "The window is over. Move it."
    yield _blocker("window_over", over, passed=left, ends_at=rfc3339(row.over_at))


def _stock(row: Any, offer: Any) -> Check:
    enough = offer.available >= row.quantity
    words = f"{row.quantity:,} wanted, {offer.available:,} available."
    figures = {"quantity": row.quantity, "available": offer.available}
    return _blocker("insufficient_stock", words, passed=enough, **figures)


def _overlap(row: Any) -> Check:
    others = [other.id for other in queries.overlapping(row.product_id, row.starts_at, row.over_at)]
    names = ", ".join(f"promo {other}" for other in others)
    words = f"At that time the product is in {names}." if others else "No other promo of the product at that time."
    return _blocker("promo_overlaps", words, passed=not others, promo_ids=others)


def _audience(row: Any) -> Iterator[Check]:
    found = queries.counts(queries.audience_of(row.id))
    words = f"{found.customers:,} {'customer' if found.customers == 1 else 'customers'} now."
    yield _warning("audience_empty", words, passed=found.customers > 0, customers=found.customers)
    told = f"{found.in_app:,} in the shop, {found.email:,} by mail."
    reached = found.in_app + found.email > 0
    yield _warning("nobody_reachable", told, passed=reached, in_app=found.in_app, email=found.email)
    if row.audience == "segments":
        empty = queries.empty_segments(row.segment_ids)
        words = f"Nobody is in segment {', '.join(map(str, empty))}." if empty else "Somebody is in each segment."
        yield _warning("segment_empty", words, passed=not empty, segment_ids=empty)


def _machinery() -> Iterator[Check]:
    lines = workers.lines()
    idle = [line.name for line in lines or [] if not line.workers]
    words = f"No worker on: {', '.join(idle)}. Nobody would be told." if idle else "Workers are there."
    yield _warning("no_worker", words if lines else "Not known while Redis does not answer.", passed=lines and not idle)
    failed, sent = mail.counts().failed, mail.count(EmailFilter(state="sent"))
    words = f"{failed:,} mails could not be sent." if failed else "Mail works." if sent else "No mail was ever sent."
    check = "mail_failing" if failed else "mail_untested"
    yield _warning(check, words, passed=sent and not failed, failed=failed)


def _start(row: Any) -> Iterator[Check]:
    seconds = (row.starts_at - row.server_time).total_seconds()
    if row.activated_at is not None or row.over_at <= row.server_time:
        return
    words = "It opens at once." if seconds <= 0 else "It starts in less than a minute."
    far = seconds >= SOON_SECONDS
    words = "There is time before it starts." if far else words
    yield _warning("starts_soon", words, passed=far, starts_at=rfc3339(row.starts_at))


def _blocker(check: str, detail: str, *, passed: Any, **figures: Any) -> Check:
    return Check(check, OK if passed else BLOCKER, detail, figures)


def _warning(check: str, detail: str, *, passed: Any, **figures: Any) -> Check:
    return Check(check, OK if passed else WARNING, detail, figures)
