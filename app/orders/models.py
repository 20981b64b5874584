"""Orders, their lines, their history, what operators note on them, and the report of each day."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
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
from app.orders.rules import PAYMENT_STATUSES, STATUSES

MOMENT = TIMESTAMP(timezone=True)
MONEY = Numeric(12, 2)


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


class Order(Base):
    """What somebody wants to buy, at the prices of that moment."""

    __tablename__ = "orders"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    status: Mapped[str] = mapped_column(String(10), server_default=text("'PENDING'"))
    payment_status: Mapped[str] = mapped_column(String(20), server_default=text("'unpaid'"))
    total: Mapped[Decimal] = mapped_column(MONEY)
    refunded: Mapped[Decimal] = mapped_column(MONEY, server_default=text("0"))
    currency: Mapped[str] = mapped_column(String(3))
    source: Mapped[str] = mapped_column(String(10))
    source_id: Mapped[int | None] = mapped_column(BigInteger)
    steps: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    pay_by: Mapped[datetime] = mapped_column(MOMENT)
    paid_at: Mapped[datetime | None] = mapped_column(MOMENT)
    lines: Mapped[str] = mapped_column(Text)

    @property
    def version(self) -> int:
        """Whatever changes an order is a step of it."""
        return self.steps

    __table_args__ = (
        CheckConstraint(_one_of("status", STATUSES), name="status"),
        CheckConstraint(_one_of("payment_status", PAYMENT_STATUSES), name="payment_status"),
        CheckConstraint("source IN ('shelf', 'promo')", name="source"),
        CheckConstraint("(source = 'promo') = (source_id IS NOT NULL)", name="source_id"),
        CheckConstraint("total >= 0.01", name="total"),
        CheckConstraint("refunded BETWEEN 0 AND total", name="refunded"),
        Index("ix_orders_due", "pay_by", postgresql_where=text("status = 'PENDING'")),
        Index("ix_orders_user_pending", "user_id", postgresql_where=text("status = 'PENDING'")),
        Index("ix_orders_paid_at", "paid_at", postgresql_where=text("paid_at IS NOT NULL")),
        Index("ix_orders_newest", "created_at", "id", "total"),
        Index("ix_orders_highest", "total", "id", "created_at"),
        Index("ix_orders_status_newest", "status", "created_at", "id", "total"),
        Index("ix_orders_status_highest", "status", "total", "id", "created_at"),
        Index("ix_orders_payment_newest", "payment_status", "status", "created_at", "id", "total"),
        Index("ix_orders_user_newest", "user_id", "created_at", "id", "total"),
        Index("ix_orders_user_highest", "user_id", "total", "id", "created_at"),
        Index("ix_orders_source", "source_id", "id", postgresql_where=text("source_id IS NOT NULL")),
        Index(
            "ix_orders_source_paid",
            "source_id",
            "paid_at",
            postgresql_where=text("source_id IS NOT NULL AND paid_at IS NOT NULL"),
        ),
    )


class OrderItem(Base):
    """A line of an order, with what the product was called and cost at that moment."""

    __tablename__ = "order_items"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="RESTRICT"), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    quantity: Mapped[int] = mapped_column(Integer)
    unit_price: Mapped[Decimal] = mapped_column(MONEY)
    subtotal: Mapped[Decimal] = mapped_column(MONEY)

    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("subtotal = quantity * unit_price", name="subtotal"),
        Index(None, "product_id"),
    )


class OrderEvent(Base):
    """A step of an order: what became of it, by whom, why."""

    __tablename__ = "order_events"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"), primary_key=True)
    step: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    kind: Mapped[str] = mapped_column(String(30))
    status: Mapped[str] = mapped_column(String(10))
    payment_status: Mapped[str] = mapped_column(String(20))
    cause: Mapped[str] = mapped_column(String(200))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(100))
    source: Mapped[str] = mapped_column(String(10))
    request_id: Mapped[str] = mapped_column(String(128))


class OrderNote(Base):
    """What an operator wants the next one to know."""

    __tablename__ = "order_notes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"), index=True)
    text: Mapped[str] = mapped_column(String(2000))
    author_id: Mapped[int] = mapped_column(BigInteger)
    author_name: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())


class DailyReport(Base):
    """What was sold on a business day."""

    __tablename__ = "daily_reports"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
