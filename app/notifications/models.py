"""What customers were told or would have been, and how often on which business day."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base

MOMENT = TIMESTAMP(timezone=True)


class Notification(Base):
    """One customer and one subject; `suppressed` says why the customer was not told, NULL that they were.

    `in_app` and `email` are the channels that the customer had at that moment; `day` is the business day.
    """

    __tablename__ = "notifications"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    day: Mapped[date] = mapped_column(Date)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    in_app: Mapped[bool]
    email: Mapped[bool]
    suppressed: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    read_at: Mapped[datetime | None] = mapped_column(MOMENT)

    __table_args__ = (
        CheckConstraint("kind IN ('flash_promo')", name="kind"),
        CheckConstraint(
            "suppressed IN ('paused', 'sold_out', 'ended', 'quiet_hours', 'no_channel', 'cap')", name="suppressed"
        ),
        CheckConstraint("suppressed IS NOT NULL OR in_app OR email", name="channel"),
        UniqueConstraint("kind", "subject_id", "customer_id", name="uq_notifications_subject"),
        Index("ix_notifications_inbox", "customer_id", "id", postgresql_where=text("suppressed IS NULL AND in_app")),
        Index("ix_notifications_customer_id_id", "customer_id", "id"),
        Index("ix_notifications_day", "day"),
    )


class NotificationQuota(Base):
    """How often a customer was told on a business day, and how often that was allowed when it was last done.

    Whoever tells customers takes these rows in the order of their ids, so no two batches wait for each other.
    """

    __tablename__ = "notification_quotas"

    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    told: Mapped[int] = mapped_column(SmallInteger)
    cap: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (
        CheckConstraint("told BETWEEN 0 AND cap", name="told"),
        Index("ix_notification_quotas_day", "day"),
    )
