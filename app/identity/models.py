"""Users, their sessions, and the links that were mailed to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, Uuid, func, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base

MOMENT = TIMESTAMP(timezone=True)
SEARCHED = ("username", "email", "first_name", "last_name")


class User(Base):
    """Somebody who can sign in."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(String(50))
    email: Mapped[str] = mapped_column(String(254))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    first_name: Mapped[str] = mapped_column(String(100), server_default="")
    last_name: Mapped[str] = mapped_column(String(100), server_default="")
    email_verified_at: Mapped[datetime | None] = mapped_column(MOMENT)
    version: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    zone: Mapped[str] = mapped_column(String(64), server_default="")
    theme: Mapped[str] = mapped_column(String(10), server_default="system")
    shortcuts: Mapped[bool] = mapped_column(server_default=text("true"))

    @property
    def email_verified(self) -> bool:
        """Whether the user has shown that mail to this address reaches them."""
        return self.email_verified_at is not None

    __table_args__ = (
        Index("ix_users_role_id", "role", "id"),
        CheckConstraint("theme IN ('light', 'dark', 'system')", name="theme"),
        Index("uq_users_username", func.lower(username), unique=True),
        Index("uq_users_email", func.lower(email), unique=True),
        *(
            Index(
                f"ix_users_{name}_begins", func.lower(column).label("key"), postgresql_ops={"key": "text_pattern_ops"}
            )
            for name, column in zip(SEARCHED, (username, email, first_name, last_name), strict=True)
        ),
        CheckConstraint("role IN ('admin', 'operator', 'viewer', 'customer')", name="role"),
        CheckConstraint("position('@' in username) = 0 AND username <> ''", name="username"),
    )


class Session(Base):
    """A login that lives until it expires or is ended.

    A JWT names it by id, the console's cookie by a token. It is also the family of the refresh tokens that follow one
    another: `generation` is the number of the one that is good now, and none of them can be made without `seed`.
    """

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    expires_at: Mapped[datetime] = mapped_column(MOMENT, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
    seed: Mapped[str] = mapped_column(String(64), server_default="")
    generation: Mapped[int] = mapped_column(server_default=text("0"))
    rotated_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    address: Mapped[str] = mapped_column(String(45), server_default="")

    __table_args__ = (CheckConstraint("kind IN ('api', 'console')", name="kind"),)


class MailedLink(Base):
    """A link that proves, once and for a time, that its bearer reads the mail of an address."""

    __tablename__ = "mailed_links"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    expires_at: Mapped[datetime] = mapped_column(MOMENT, index=True)
    used_at: Mapped[datetime | None] = mapped_column(MOMENT)

    __table_args__ = (CheckConstraint("kind IN ('password_reset', 'email_verification', 'invitation')", name="kind"),)
