"""The table of stores."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Double, Identity, Index, Integer, String, func, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.words import words_of


class Store(Base):
    """A place on the map with a clock of its own."""

    __tablename__ = "stores"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    latitude: Mapped[float] = mapped_column(Double)
    longitude: Mapped[float] = mapped_column(Double)
    timezone: Mapped[str] = mapped_column(String(64))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", name="name"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        Index("ix_stores_name_id", func.lower(name), "id"),
        Index("ix_stores_words", text(words_of("name")), postgresql_using="gin"),
        Index(None, "created_at", "id"),
    )
