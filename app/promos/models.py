"""Promotions, whom they are for, their counters, holds, and who was refused."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base

MOMENT = TIMESTAMP(timezone=True)
HELD = text("state = 'held'")
ACTIVATED = text("activated_at IS NOT NULL")
# An end before the start leaves an empty window, which overlaps nothing.
WINDOW = "tstzrange(starts_at, GREATEST(starts_at, COALESCE(ended_at, ends_at)))"
REACH = "box(point(west, south), point(east, north))"


class Promo(Base):
    """A product at a lower price, for a time, in a quantity, for an audience.

    `south` to `east` is the box around the store in which its buyers may be, kept from the activation on; a box that
    crosses the antimeridian goes on past 180.
    """

    __tablename__ = "promos"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="RESTRICT"))
    promo_price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    starts_at: Mapped[datetime] = mapped_column(MOMENT)
    ends_at: Mapped[datetime] = mapped_column(MOMENT)
    audience: Mapped[str] = mapped_column(String(10))
    max_distance_km: Mapped[float | None] = mapped_column(Double)
    quantity: Mapped[int] = mapped_column(Integer)
    per_customer_limit: Mapped[int] = mapped_column(Integer)
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    activated_at: Mapped[datetime | None] = mapped_column(MOMENT)
    paused_at: Mapped[datetime | None] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
    archived_at: Mapped[datetime | None] = mapped_column(MOMENT)
    south: Mapped[float | None] = mapped_column(Double)
    north: Mapped[float | None] = mapped_column(Double)
    west: Mapped[float | None] = mapped_column(Double)
    east: Mapped[float | None] = mapped_column(Double)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("promo_price >= 0.01", name="promo_price"),
        CheckConstraint("ends_at >= starts_at + interval '60 seconds'", name="window"),
        CheckConstraint("audience IN ('all', 'segments')", name="audience"),
        CheckConstraint("max_distance_km >= 0", name="max_distance_km"),
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("per_customer_limit >= 1", name="per_customer_limit"),
        CheckConstraint("activated_at IS NOT NULL OR (paused_at IS NULL AND ended_at IS NULL)", name="activated"),
        CheckConstraint("(activated_at IS NULL) = (south IS NULL)", name="reach"),
        ExcludeConstraint(
            ("product_id", "="),
            (text(WINDOW), "&&"),
            name="ex_promos_overlap",
            using="gist",
            where=ACTIVATED,
        ),
        Index("ix_promos_reach", text(REACH), text(WINDOW), postgresql_using="gist", postgresql_where=ACTIVATED),
        Index(None, "starts_at", "id"),
        Index(None, "product_id", "id"),
    )


class PromoSegment(Base):
    """A segment that a promo is for."""

    __tablename__ = "promo_segments"

    promo_id: Mapped[int] = mapped_column(ForeignKey("promos.id", ondelete="CASCADE"), primary_key=True)
    segment_id: Mapped[int] = mapped_column(
        ForeignKey("segments.id", ondelete="RESTRICT"), primary_key=True, index=True
    )


class PromoAnnouncement(Base):
    """That customers are told of the start of a promo; `planned` is how many there were when they were counted."""

    __tablename__ = "promo_announcements"

    promo_id: Mapped[int] = mapped_column(
        ForeignKey("promos.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    started_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    planned: Mapped[int | None] = mapped_column(Integer)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)

    __table_args__ = (Index("ix_promo_announcements_open", "promo_id", postgresql_where=text("ended_at IS NULL")),)


class AnnouncementRange(Base):
    """The customers between two ids, who are told in one transaction; the ranges of a promo cover all ids.

    `asked_at`: a job for it is under way. `outcome` counts who was told and who was not, `is_counted` that Prometheus
    knows of it.
    """

    __tablename__ = "promo_announcement_ranges"

    promo_id: Mapped[int] = mapped_column(
        ForeignKey("promo_announcements.promo_id", ondelete="CASCADE"), primary_key=True
    )
    after_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    to_id: Mapped[int] = mapped_column(BigInteger)
    asked_at: Mapped[datetime | None] = mapped_column(MOMENT)
    done_at: Mapped[datetime | None] = mapped_column(MOMENT)
    outcome: Mapped[dict[str, int] | None] = mapped_column(JSONB(none_as_null=True))
    is_counted: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        CheckConstraint("after_id < to_id", name="span"),
        CheckConstraint("(done_at IS NULL) = (outcome IS NULL)", name="outcome"),
        Index("ix_promo_announcement_ranges_open", "promo_id", "after_id", postgresql_where=text("NOT is_counted")),
    )


class PromoStock(Base):
    """The counters of an activated promo: a row of its own, for it changes with each hold.

    `allotted` units were taken from the shelf; of them so many are held, sold, and given back to the shelf.
    """

    __tablename__ = "promo_stock"

    promo_id: Mapped[int] = mapped_column(ForeignKey("promos.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), server_default=text("'open'"))
    allotted: Mapped[int] = mapped_column(Integer)
    held: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    sold: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    returned: Mapped[int] = mapped_column(Integer, server_default=text("0"))

    __table_args__ = (
        CheckConstraint("state IN ('open', 'paused', 'closed')", name="state"),
        CheckConstraint("held >= 0 AND sold >= 0 AND returned >= 0", name="counted"),
        CheckConstraint("held + sold + returned <= allotted", name="sum"),
        Index("ix_promo_stock_not_closed", "promo_id", postgresql_where=text("state <> 'closed'")),
        {"postgresql_with": {"fillfactor": "50"}, "info": {"counter": True}},
    )


class PromoHold(Base):
    """One unit of a promo that nobody else can buy for a minute; it ends once, in one of three ways.

    `returned_at`: its order was undone, and the unit is back.
    """

    __tablename__ = "promo_holds"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    promo_id: Mapped[int] = mapped_column(ForeignKey("promos.id", ondelete="RESTRICT"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    state: Mapped[str] = mapped_column(String(10), server_default=text("'held'"))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    expires_at: Mapped[datetime] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    returned_at: Mapped[datetime | None] = mapped_column(MOMENT)

    __table_args__ = (
        CheckConstraint("state IN ('held', 'completed', 'expired', 'released')", name="state"),
        CheckConstraint("(state = 'held') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(state = 'completed') = (order_id IS NOT NULL)", name="ordered"),
        CheckConstraint("returned_at IS NULL OR state = 'completed'", name="returned"),
        Index("uq_promo_holds_live", "promo_id", "user_id", unique=True, postgresql_where=HELD),
        Index("uq_promo_holds_order", "order_id", unique=True, postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_promo_holds_due", "expires_at", postgresql_where=HELD),
        Index("ix_promo_holds_promo_due", "promo_id", "expires_at", postgresql_where=HELD),
        Index(None, "user_id", "promo_id"),
        Index(None, "promo_id", "id"),
        Index("ix_promo_holds_ended", "promo_id", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index("ix_promo_holds_returned", "promo_id", "returned_at", postgresql_where=text("returned_at IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "80"}},
    )


class PromoRefusal(Base):
    """How often a promo refused somebody in a minute, by reason."""

    __tablename__ = "promo_refusals"

    promo_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    minute: Mapped[datetime] = mapped_column(MOMENT, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    refusals: Mapped[int] = mapped_column(Integer)

    __table_args__ = (Index(None, "minute"),)
