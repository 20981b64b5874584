"""Offers, their activations, and the subscriptions that come of them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base

MOMENT = TIMESTAMP(timezone=True)
MONEY = Numeric(12, 2)
OPEN = text("status IN ('PENDING', 'PROCESSING')")
ACTIVE = text("state = 'active'")


class Offer(Base):
    """What a customer can buy from the money in the account: so many days of something."""

    __tablename__ = "offers"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text, server_default="")
    price: Mapped[Decimal] = mapped_column(MONEY)
    duration_days: Mapped[int] = mapped_column(Integer)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", name="name"),
        CheckConstraint("price >= 0.01", name="price"),
        CheckConstraint("duration_days BETWEEN 1 AND 3660", name="duration_days"),
        Index("ix_offers_name_id", func.lower(name), "id"),
        Index("ix_offers_price_id", "price", "id"),
    )


class Activation(Base):
    """An offer on its way to a customer, at the price and with the words of that moment.

    `step` numbers what is done for it; a job does one step and no other. `said` is the partner's last word, NULL while
    a call is under way; `sent_at` is when it was sent last, written before the call.
    """

    __tablename__ = "activations"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id", ondelete="RESTRICT"))
    offer_name: Mapped[str] = mapped_column(String(100))
    duration_days: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Decimal] = mapped_column(MONEY)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(10), server_default=text("'PENDING'"))
    step: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    sends: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    asks: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    said: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(500), server_default="")
    reference: Mapped[str] = mapped_column(String(255), server_default="")
    begun_at: Mapped[datetime | None] = mapped_column(MOMENT)
    sent_at: Mapped[datetime | None] = mapped_column(MOMENT)
    next_step_at: Mapped[datetime | None] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    stuck_at: Mapped[datetime | None] = mapped_column(MOMENT)
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    completed_at: Mapped[datetime | None] = mapped_column(MOMENT)

    __table_args__ = (
        CheckConstraint("status IN ('PENDING', 'PROCESSING', 'SUCCESS', 'FAILED')", name="status"),
        CheckConstraint("said IN ('succeeded', 'refused', 'pending', 'absent', 'unknown')", name="said"),
        CheckConstraint("amount >= 0.01", name="amount"),
        CheckConstraint("(status IN ('SUCCESS', 'FAILED')) = (completed_at IS NOT NULL)", name="completed"),
        CheckConstraint("(status IN ('SUCCESS', 'FAILED')) = (next_step_at IS NULL)", name="next_step"),
        CheckConstraint("(sends = 0) = (sent_at IS NULL) AND (sends = 0) = (begun_at IS NULL)", name="sent"),
        CheckConstraint("status <> 'PENDING' OR sends = 0", name="pending"),
        Index("ix_activations_newest", "created_at", "id"),
        Index("ix_activations_status_newest", "status", "created_at", "id"),
        Index("ix_activations_user_newest", "user_id", "created_at", "id"),
        Index("ix_activations_offer_newest", "offer_id", "created_at", "id"),
        Index("ix_activations_open", "user_id", "offer_id", postgresql_where=OPEN),
        Index("ix_activations_due", "next_step_at", postgresql_where=OPEN),
        Index("ix_activations_stuck", "created_at", "id", postgresql_where=text("stuck_at IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "70"}},
    )


class Subscription(Base):
    """The time that an activation is for; it has none until the activation succeeds. No two of one offer overlap."""

    __tablename__ = "subscriptions"

    id: Mapped[UUID] = mapped_column(ForeignKey("activations.id", ondelete="RESTRICT"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(10), server_default=text("'inactive'"))
    starts_at: Mapped[datetime | None] = mapped_column(MOMENT)
    ends_at: Mapped[datetime | None] = mapped_column(MOMENT)
    reminded_at: Mapped[datetime | None] = mapped_column(MOMENT)
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("state IN ('inactive', 'active', 'expired', 'failed')", name="state"),
        CheckConstraint("(state IN ('active', 'expired')) = (starts_at IS NOT NULL)", name="starts"),
        CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL) AND starts_at < ends_at", name="period"),
        ExcludeConstraint(
            ("user_id", "="),
            ("offer_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_subscriptions_overlap",
            using="gist",
            where=text("starts_at IS NOT NULL"),
        ),
        Index(None, "user_id", "id"),
        Index("ix_subscriptions_ends", "ends_at", "id", postgresql_where=ACTIVE),
        Index(None, "offer_id"),
        {"postgresql_with": {"fillfactor": "80"}},
    )
