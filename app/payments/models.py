"""What is asked for under a reference, what came in for it, what goes back, and what providers told."""

from datetime import datetime
from decimal import Decimal
from typing import Any
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
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base

MOMENT = TIMESTAMP(timezone=True)
MONEY = Numeric(12, 2)
ACCEPTED, SURPLUS, MISMATCH = "accepted", "surplus", "mismatch"
OF_REFUNDS = ("refunded", "refund_failed")


class Payment(Base):
    """The money that is asked for under a reference; its row is the gate of everything that moves this money."""

    __tablename__ = "payments"

    reference: Mapped[str] = mapped_column(String(40), primary_key=True)
    amount: Mapped[Decimal] = mapped_column(MONEY)
    currency: Mapped[str] = mapped_column(String(3))
    captured: Mapped[Decimal] = mapped_column(MONEY, server_default=text("0"))
    refunded: Mapped[Decimal] = mapped_column(MONEY, server_default=text("0"))
    provider: Mapped[str | None] = mapped_column(String(20))
    checkout_id: Mapped[str | None] = mapped_column(String(255))
    checkout_url: Mapped[str | None] = mapped_column(Text)
    checkout_expires_at: Mapped[datetime | None] = mapped_column(MOMENT)
    asked_at: Mapped[datetime | None] = mapped_column(MOMENT)
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("amount >= 0.01", name="amount"),
        CheckConstraint("refunded BETWEEN 0 AND captured", name="refunded"),
        Index("ix_payments_to_ask", "asked_at", postgresql_where=text("checkout_id IS NOT NULL AND captured = 0")),
        {"postgresql_with": {"fillfactor": "80"}},
    )


class Capture(Base):
    """Money that came in: what was asked for (once), a surplus, or an amount that does not match."""

    __tablename__ = "captures"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    reference: Mapped[str] = mapped_column(ForeignKey("payments.reference", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Decimal] = mapped_column(MONEY)
    currency: Mapped[str] = mapped_column(String(3))
    refunded: Mapped[Decimal] = mapped_column(MONEY, server_default=text("0"))
    provider: Mapped[str] = mapped_column(String(20))
    provider_id: Mapped[str | None] = mapped_column(String(255))
    event_id: Mapped[str | None] = mapped_column(String(255))
    note: Mapped[str] = mapped_column(String(200), server_default="")
    at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("kind IN ('accepted', 'surplus', 'mismatch')", name="kind"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("refunded BETWEEN 0 AND amount", name="refunded"),
        Index("uq_captures_accepted", "reference", unique=True, postgresql_where=text("kind = 'accepted'")),
        Index(
            "uq_captures_provider_id",
            "provider",
            "provider_id",
            unique=True,
            postgresql_where=text("provider_id IS NOT NULL"),
        ),
        Index(None, "reference", "id"),
    )


class Refund(Base):
    """Money on its way back to a customer; it is promised from the moment the row is there."""

    __tablename__ = "refunds"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    reference: Mapped[str] = mapped_column(ForeignKey("payments.reference", ondelete="RESTRICT"))
    capture_id: Mapped[int] = mapped_column(ForeignKey("captures.id", ondelete="RESTRICT"))
    cause: Mapped[str] = mapped_column(String(100))
    amount: Mapped[Decimal] = mapped_column(MONEY)
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), server_default=text("'requested'"))
    provider_id: Mapped[str | None] = mapped_column(String(255))
    event_id: Mapped[str | None] = mapped_column(String(255))
    error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)

    __table_args__ = (
        CheckConstraint("state IN ('requested', 'succeeded', 'failed')", name="state"),
        CheckConstraint("(state = 'requested') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("amount > 0", name="amount"),
        # A failed refund may be asked for again under the same cause.
        Index("uq_refunds_cause", "capture_id", "cause", unique=True, postgresql_where=text("state <> 'failed'")),
        Index("ix_refunds_open", "created_at", postgresql_where=text("state = 'requested'")),
        Index("ix_refunds_failed", "created_at", postgresql_where=text("state = 'failed'")),
        Index(None, "reference", "id"),
    )


class WebhookEvent(Base):
    """What a provider told us, word for word, and what became of it."""

    __tablename__ = "webhook_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str] = mapped_column(String(255))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    fingerprint: Mapped[str] = mapped_column(String(64))
    reference: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(50))
    amount: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    currency: Mapped[str | None] = mapped_column(String(10))
    payment_id: Mapped[str | None] = mapped_column(String(255))
    refund_id: Mapped[str | None] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(10), server_default=text("'new'"))
    outcome: Mapped[str | None] = mapped_column(String(40))
    tries: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_try_at: Mapped[datetime | None] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    repeats: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    is_contradicted: Mapped[bool] = mapped_column(server_default=text("false"))
    seen_at: Mapped[datetime | None] = mapped_column(MOMENT)
    received_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    settled_at: Mapped[datetime | None] = mapped_column(MOMENT)
    request_id: Mapped[str] = mapped_column(String(128), server_default="")

    __table_args__ = (
        CheckConstraint("state IN ('new', 'settled', 'parked', 'flagged')", name="state"),
        CheckConstraint("(state IN ('new', 'parked')) = (next_try_at IS NOT NULL)", name="next_try"),
        Index("uq_webhook_events_event", "provider", "event_id", unique=True),
        Index("ix_webhook_events_due", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
        Index(
            "ix_webhook_events_unseen",
            "id",
            postgresql_where=text("(state = 'flagged' OR is_contradicted) AND seen_at IS NULL"),
        ),
        Index(None, "reference", "id"),
        Index(None, "received_at"),
    )
