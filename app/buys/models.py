"""Buys as they were told, one partition a day; the counters beside them; and what was made of them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, Integer, SmallInteger, String, Uuid, func
from sqlalchemy.dialects.postgresql import INET, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base

MOMENT = TIMESTAMP(timezone=True)
SHARED: dict[str, Any] = {"postgresql_with": {"fillfactor": "80"}}


class Buy(Base):
    """A buy that a shop told of. The numbers of a lane have no gap; `happened_at` is kept to the millisecond."""

    __tablename__ = "buys"

    lane: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    received_at: Mapped[datetime] = mapped_column(MOMENT, primary_key=True)
    happened_at: Mapped[datetime] = mapped_column(MOMENT)
    user_id: Mapped[int] = mapped_column(BigInteger)
    promotion_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(Integer)
    address: Mapped[str | None] = mapped_column(INET)
    event_id: Mapped[UUID | None] = mapped_column(Uuid)

    __table_args__ = (
        CheckConstraint("quantity BETWEEN 1 AND 100000", name="quantity"),
        {"postgresql_partition_by": "RANGE (received_at)"},
    )


class BuyLane(Base):
    """How many records and units came in by a lane; a connection has its lane nearly to itself."""

    __tablename__ = "buy_lanes"

    lane: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    records: Mapped[int] = mapped_column(BigInteger)
    units: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())

    __table_args__ = ({"postgresql_with": {"fillfactor": "10"}, "info": {"counter": True}},)


class BuyFold(Base):
    """How many records of a lane are in the rollups, and when the last of them was received."""

    __tablename__ = "buy_folds"

    lane: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    records: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(MOMENT)

    __table_args__ = ({"postgresql_with": {"fillfactor": "10"}},)


class BuyKey(Base):
    """An event that was counted, for seven days."""

    __tablename__ = "buy_keys"

    event_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    claimed_at: Mapped[datetime] = mapped_column(MOMENT, index=True)


class BuyRollup(Base):
    """How much was bought of a promotion (0: of all) in a stretch of time; an instant is a millisecond."""

    __tablename__ = "buy_rollups"

    promotion_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    grain: Mapped[str] = mapped_column(String(7), primary_key=True)
    bucket: Mapped[datetime] = mapped_column(MOMENT, primary_key=True)
    records: Mapped[int] = mapped_column(BigInteger)
    units: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("grain IN ('instant', 'second', 'minute', 'quarter', 'hour', 'day')", name="grain"),
        Index(None, "grain", "bucket"),
        SHARED,
    )


class BuyShare(Base):
    """How much of a promotion a buyer bought, or was bought of a product, on a day (UTC)."""

    __tablename__ = "buy_shares"

    promotion_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(7), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    subject_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    records: Mapped[int] = mapped_column(BigInteger)
    units: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("kind IN ('buyer', 'product')", name="kind"), Index(None, "day"), SHARED)
