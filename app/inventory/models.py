"""Products, their stock, what moved it, and holds."""

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
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.words import words_of

MOMENT = TIMESTAMP(timezone=True)
HELD = text("state = 'held'")


class Product(Base):
    """Something that a store sells; what there is of it stands in ProductStock."""

    __tablename__ = "products"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="RESTRICT"))
    sku: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(Text, server_default="")
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    low_stock_threshold: Mapped[int] = mapped_column(Integer, server_default=text("10"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    low_since: Mapped[datetime | None] = mapped_column(MOMENT)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("price >= 0.01", name="price"),
        CheckConstraint("btrim(name) <> ''", name="name"),
        CheckConstraint("btrim(sku) <> ''", name="sku"),
        CheckConstraint("low_stock_threshold >= 0", name="low_stock_threshold"),
        Index("uq_products_sku", func.lower(sku), unique=True),
        Index("ix_products_name_id", func.lower(name), "id"),
        Index("ix_products_words", text(words_of("name", "sku")), postgresql_using="gin"),
        Index(None, "store_id", "id"),
        Index(None, "created_at", "id"),
    )


class ProductStock(Base):
    """The counters of a product: a row of its own, for it changes with each sale."""

    __tablename__ = "product_stock"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    total: Mapped[int] = mapped_column(Integer)
    available: Mapped[int] = mapped_column(Integer)
    reserved: Mapped[int] = mapped_column(Integer, server_default=text("0"))

    __table_args__ = (
        CheckConstraint("total = available + reserved", name="sum"),
        CheckConstraint("available >= 0", name="available"),
        CheckConstraint("reserved >= 0", name="reserved"),
        {"postgresql_with": {"fillfactor": "50"}, "info": {"counter": True}},
    )


class StockMovement(Base):
    """A change of a product's counters: who, why, and what caused it."""

    __tablename__ = "stock_movements"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    available_delta: Mapped[int] = mapped_column(Integer)
    reserved_delta: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    cause: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(200), server_default="")
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(100))

    __table_args__ = (Index(None, "product_id", "id"),)


class StockHold(Base):
    """Units of a product that nobody else can buy for a time; it ends once, in one of three ways."""

    __tablename__ = "stock_holds"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="RESTRICT"))
    quantity: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10), server_default=text("'held'"))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    expires_at: Mapped[datetime] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)

    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("state IN ('held', 'completed', 'expired', 'released')", name="state"),
        CheckConstraint("(state = 'held') = (ended_at IS NULL)", name="ended"),
        Index("ix_stock_holds_due", "expires_at", postgresql_where=HELD),
        Index("ix_stock_holds_product_due", "product_id", "expires_at", postgresql_where=HELD),
        Index("ix_stock_holds_user_held", "user_id", postgresql_where=HELD),
        Index(None, "user_id", "id"),
        Index(None, "product_id", "id"),
        {"postgresql_with": {"fillfactor": "80"}},
    )


class ImportedRow(Base):
    """A line of a stock file that was applied; the same key again changes nothing."""

    __tablename__ = "imported_rows"

    row_key: Mapped[str] = mapped_column(String(100), primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger)
    set_to: Mapped[int] = mapped_column(Integer)
    applied_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp(), index=True)
