"""The table of kept lists."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, func, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class SavedView(Base):
    """A list with its filter under a name; it is its owner's, or everybody's when the owner shares it."""

    __tablename__ = "saved_views"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    list: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(2000))
    is_shared: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        Index("uq_saved_views_name", "user_id", "list", func.lower(name), unique=True),
        Index("ix_saved_views_shared", "list", postgresql_where=text("is_shared")),
        CheckConstraint("btrim(name) <> ''", name="name"),
        CheckConstraint("query <> ''", name="query"),
    )
