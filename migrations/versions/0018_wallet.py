"""Accounts of customers, and a ledger that only grows."""

import sqlalchemy as sa
from alembic import op

from app.core.sql import sql_file

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
MONEY = sa.Numeric(12, 2)
NOW = sa.func.clock_timestamp()
OF_CUSTOMER = """
    CASE WHEN account = 'customer' THEN num_nulls(user_id, balance_after, version) = 0
    ELSE num_nonnulls(user_id, balance_after, version) = 0 END
"""


def upgrade() -> None:
    """Expand."""
    _accounts()
    _transfers()
    _entries()
    op.execute(sa.text(sql_file("wallet", "ledger")))


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("user_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("balance", MONEY, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("updated_at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("user_id", name="pk_accounts"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_accounts_user_id", ondelete="RESTRICT"),
        sa.CheckConstraint("balance >= 0", name="balance"),
        postgresql_with={"fillfactor": "50"},
    )


def _transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("note", sa.String(200), nullable=False, server_default=""),
        sa.Column("actor_id", sa.BigInteger),
        sa.Column("actor_name", sa.String(100), nullable=False),
        sa.Column("at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
        sa.CheckConstraint("kind IN ('deposit', 'payout', 'debit', 'settle', 'refund')", name="kind"),
    )
    op.create_index("uq_transfers_subject", "transfers", ["subject", "kind"], unique=True)
    op.create_index(
        "uq_transfers_end",
        "transfers",
        ["subject"],
        unique=True,
        postgresql_where=sa.text("kind IN ('settle', 'refund')"),
    )


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger, nullable=False),
        sa.Column("account", sa.String(12), nullable=False),
        sa.Column("user_id", sa.BigInteger),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("balance_after", MONEY),
        sa.Column("version", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name="fk_entries_transfer_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_entries_user_id", ondelete="RESTRICT"),
        sa.CheckConstraint("account IN ('customer', 'deposits', 'activations', 'revenue')", name="account"),
        sa.CheckConstraint(OF_CUSTOMER, name="customer"),
        sa.CheckConstraint("amount <> 0", name="amount"),
        sa.CheckConstraint("balance_after >= 0", name="balance_after"),
    )
    op.create_index(
        "uq_entries_version",
        "entries",
        ["user_id", "version"],
        unique=True,
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_index("ix_entries_transfer_id", "entries", ["transfer_id"])
