"""The audit log, one partition a month; it is kept for ever."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, String, func, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class AuditEntry(Base):
    """Who did what to which object; never changed, never deleted."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), primary_key=True, server_default=func.clock_timestamp()
    )
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(100))
    actor_role: Mapped[str | None] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(40))
    old: Mapped[dict[str, Any]] = mapped_column(JSONB)
    new: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str] = mapped_column(String(128))
    source: Mapped[str] = mapped_column(String(10))

    # Each filter of the log finds its rows in the order in which they are shown, however many there are.
    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "actor_id", "at", "id"),
        Index("ix_audit_log_actor", func.lower(actor_name), "at", "id"),
        Index(None, "action", "at", "id"),
        Index("ix_audit_log_kind", text("split_part(action, '.', 1)"), "at", "id"),
        Index(None, "object_type", "at", "id"),
        Index(None, "object_id", "object_type", "at", "id"),
        Index(None, "source", "at", "id"),
        Index(None, "request_id", "at", "id"),
        {"postgresql_partition_by": "RANGE (at)"},
    )
