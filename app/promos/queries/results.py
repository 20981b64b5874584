"""What became of a promo: its holds, its orders and their money, and whom it refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, select

from app.core.db import session
from app.core.pagination import Ordering, Page, page_of, paged
from app.identity.models import User
from app.orders.models import Order
from app.promos.models import PromoRefusal
from app.promos.queries.holds import LIVE, H

ORDERS, REFUSALS, USERS = Order.__table__.c, PromoRefusal.__table__.c, User.__table__.c
NEWEST = Ordering("promo_orders:newest", (ORDERS.id,), ("id",), descending=True)
_END = case((LIVE, "held"), (H.state == "held", "expired"), (H.returned_at.is_not(None), "returned"), else_=H.state)


@dataclass(frozen=True)
class Results:
    """How many holds ended how, and what came in for the orders that they became."""

    held: int
    completed: int
    returned: int
    expired: int
    released: int
    orders: int
    paid: int
    captured: Decimal
    refunded: Decimal

    @property
    def ended(self) -> int:
        """The holds that are over, one way or another."""
        return self.completed + self.returned + self.expired + self.released

    @property
    def conversion(self) -> float | None:
        """Which share of the holds that are over was bought; None before there is one."""
        return (self.completed + self.returned) / self.ended if self.ended else None

    @property
    def revenue(self) -> Decimal:
        """What was paid and did not go back."""
        return self.captured - self.refunded


def results(promo_id: int) -> Results:
    """The figures of a promo at this moment."""
    ends = select(_END.label("ended"), func.count().label("holds")).where(H.promo_id == promo_id).group_by(_END)
    counts: dict[str, Any] = dict.fromkeys(("held", "completed", "returned", "expired", "released"), 0)
    counts |= {row.ended: row.holds for row in session().execute(ends)}
    paid = ORDERS.paid_at.is_not(None)
    sums = select(
        func.count().label("orders"),
        func.count().filter(paid).label("paid"),
        func.coalesce(func.sum(ORDERS.total).filter(paid), Decimal(0)).label("captured"),
        func.coalesce(func.sum(ORDERS.refunded).filter(paid), Decimal(0)).label("refunded"),
    ).where(ORDERS.source == "promo", ORDERS.source_id == promo_id)
    return Results(**counts, **session().execute(sums).one()._asdict())


def refusals(promo_id: int) -> Sequence[Any]:
    """How often a promo refused somebody, by reason, the most frequent first."""
    total = func.sum(REFUSALS.refusals)
    counts = select(REFUSALS.code, total.label("count"), func.max(REFUSALS.minute).label("last")).where(
        REFUSALS.promo_id == promo_id
    )
    return session().execute(counts.group_by(REFUSALS.code).order_by(total.desc(), REFUSALS.code)).all()


def orders_of(promo_id: int, *, limit: int, cursor: str | None) -> Page:
    """One page of the orders that a promo's holds became, the newest first."""
    shown = select(
        ORDERS.id,
        ORDERS.reference,
        ORDERS.status,
        ORDERS.payment_status,
        ORDERS.total,
        ORDERS.refunded,
        ORDERS.created_at,
        USERS.username,
    )
    mine = shown.join(User, USERS.id == ORDERS.user_id).where(ORDERS.source == "promo", ORDERS.source_id == promo_id)
    return page_of(session().execute(paged(mine, NEWEST, limit=limit, cursor=cursor)).all(), NEWEST, limit)
