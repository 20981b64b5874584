"""Customers beside their logins, segments, and who was put into one by hand."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base

MOMENT = TIMESTAMP(timezone=True)


class Customer(Base):
    """What the shop knows of a user who buys; the id is the user's.

    `joined_at` and `is_active` repeat what the user's row says, so that an audience of a million is counted from this
    table alone; an invariant compares them.
    """

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    joined_at: Mapped[datetime] = mapped_column(MOMENT)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    in_app_opt_in: Mapped[bool] = mapped_column(server_default=text("true"))
    email_opt_in: Mapped[bool] = mapped_column(server_default=text("false"))
    orders: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    spend: Mapped[Decimal] = mapped_column(Numeric(12, 2), server_default=text("0"))
    last_order_at: Mapped[datetime | None] = mapped_column(MOMENT)
    last_notified_at: Mapped[datetime | None] = mapped_column(MOMENT)
    anonymised_at: Mapped[datetime | None] = mapped_column(MOMENT)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    updated_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="place"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("orders >= 0", name="orders"),
        CheckConstraint("spend >= 0", name="spend"),
        CheckConstraint("anonymised_at IS NULL OR NOT is_active", name="anonymised"),
        Index("ix_customers_joined_at_id", "joined_at", "id"),
        Index("ix_customers_place", "latitude", "longitude", postgresql_where=text("latitude IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "90"}},
    )


class Segment(Base):
    """A named group of customers: by rules that are asked anew each time, or by hand (`rules` is NULL)."""

    __tablename__ = "segments"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text, server_default="")
    rules: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", name="name"),
        Index("uq_segments_name", func.lower(name), unique=True),
        Index(None, "created_at", "id"),
    )


class Membership(Base):
    """A customer who was put into a segment by hand."""

    __tablename__ = "memberships"

    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())

    __table_args__ = (Index(None, "customer_id", "segment_id"),)


class SegmentStore(Base):
    """A store that the rules of a segment name, told to the database, which cannot see into the rules."""

    __tablename__ = "segment_stores"

    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id", ondelete="CASCADE"), primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="RESTRICT"), primary_key=True, index=True)
