"""Accounts of customers, transfers, and the entries of each transfer."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, Numeric, String, func, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base

MOMENT = TIMESTAMP(timezone=True)
MONEY = Numeric(12, 2)
TERMINAL = text("kind IN ('settle', 'refund')")
KINDS = ("deposit", "payout", "debit", "settle", "refund")
CUSTOMER, DEPOSITS, ACTIVATIONS, REVENUE = "customer", "deposits", "activations", "revenue"


class Account(Base):
    """What a customer has; opened by the first deposit. `version` counts its entries."""

    __tablename__ = "accounts"

    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    currency: Mapped[str] = mapped_column(String(3))
    balance: Mapped[Decimal] = mapped_column(MONEY)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())
    updated_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("balance >= 0", name="balance"),
        {"postgresql_with": {"fillfactor": "50"}, "info": {"counter": True}},
    )


class Transfer(Base):
    """Why money moved: once for each subject and kind, and for each subject one end. Never changed."""

    __tablename__ = "transfers"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(String(200), server_default="")
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint("kind IN ('deposit', 'payout', 'debit', 'settle', 'refund')", name="kind"),
        Index("uq_transfers_subject", "subject", "kind", unique=True),
        Index("uq_transfers_end", "subject", unique=True, postgresql_where=TERMINAL),
    )


class Entry(Base):
    """One side of a transfer; a customer's says what the account had after it. Never changed."""

    __tablename__ = "entries"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id", ondelete="RESTRICT"))
    account: Mapped[str] = mapped_column(String(12))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    amount: Mapped[Decimal] = mapped_column(MONEY)
    currency: Mapped[str] = mapped_column(String(3))
    balance_after: Mapped[Decimal | None] = mapped_column(MONEY)
    version: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("account IN ('customer', 'deposits', 'activations', 'revenue')", name="account"),
        CheckConstraint(
            "CASE WHEN account = 'customer' THEN num_nulls(user_id, balance_after, version) = 0"
            " ELSE num_nonnulls(user_id, balance_after, version) = 0 END",
            name="customer",
        ),
        CheckConstraint("amount <> 0", name="amount"),
        CheckConstraint("balance_after >= 0", name="balance_after"),
        Index("uq_entries_version", "user_id", "version", unique=True, postgresql_where=text("user_id IS NOT NULL")),
        Index(None, "transfer_id"),
    )
