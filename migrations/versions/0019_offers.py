"""Offers, their activations, and subscriptions."""

import sqlalchemy as sa
from alembic import op

from app.core.sql import sql_file

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
MONEY = sa.Numeric(12, 2)
NOW = sa.func.clock_timestamp()
OPEN = sa.text("status IN ('PENDING', 'PROCESSING')")


def upgrade() -> None:
    """Expand."""
    _offers()
    _activations()
    _activation_indexes()
    _subscriptions()
    op.execute(sa.text(sql_file("offers", "activations")))


def _offers() -> None:
    op.create_table(
        "offers",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.Text, nullable=False, server_default=""),
        sa.Column("price", MONEY, nullable=False),
        sa.Column("duration_days", sa.Integer, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("updated_at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name="pk_offers"),
        sa.CheckConstraint("btrim(name) <> ''", name="name"),
        sa.CheckConstraint("price >= 0.01", name="price"),
        sa.CheckConstraint("duration_days BETWEEN 1 AND 3660", name="duration_days"),
    )
    op.create_index("ix_offers_name_id", "offers", [sa.text("lower(name)"), "id"])
    op.create_index("ix_offers_price_id", "offers", ["price", "id"])


def _activations() -> None:
    op.create_table(
        "activations",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("offer_id", sa.BigInteger, nullable=False),
        sa.Column("offer_name", sa.String(100), nullable=False),
        sa.Column("duration_days", sa.Integer, nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("status", sa.String(10), nullable=False, server_default=sa.text("'PENDING'")),
        sa.Column("step", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("sends", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("asks", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("said", sa.String(10)),
        sa.Column("reason", sa.String(500), nullable=False, server_default=""),
        sa.Column("reference", sa.String(255), nullable=False, server_default=""),
        sa.Column("begun_at", MOMENT),
        sa.Column("sent_at", MOMENT),
        sa.Column("next_step_at", MOMENT, server_default=NOW),
        sa.Column("stuck_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("updated_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("completed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_activations"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_activations_user_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name="fk_activations_offer_id", ondelete="RESTRICT"),
        sa.CheckConstraint("status IN ('PENDING', 'PROCESSING', 'SUCCESS', 'FAILED')", name="status"),
        sa.CheckConstraint("said IN ('succeeded', 'refused', 'pending', 'absent', 'unknown')", name="said"),
        sa.CheckConstraint("amount >= 0.01", name="amount"),
        sa.CheckConstraint("(status IN ('SUCCESS', 'FAILED')) = (completed_at IS NOT NULL)", name="completed"),
        sa.CheckConstraint("(status IN ('SUCCESS', 'FAILED')) = (next_step_at IS NULL)", name="next_step"),
        sa.CheckConstraint("(sends = 0) = (sent_at IS NULL) AND (sends = 0) = (begun_at IS NULL)", name="sent"),
        sa.CheckConstraint("status <> 'PENDING' OR sends = 0", name="pending"),
        postgresql_with={"fillfactor": "70"},
    )


def _activation_indexes() -> None:
    for which in ("status", "user", "offer"):
        column = which if which == "status" else f"{which}_id"
        op.create_index(f"ix_activations_{which}_newest", "activations", [column, "created_at", "id"])
    op.create_index("ix_activations_newest", "activations", ["created_at", "id"])
    op.create_index("ix_activations_open", "activations", ["user_id", "offer_id"], postgresql_where=OPEN)
    op.create_index("ix_activations_due", "activations", ["next_step_at"], postgresql_where=OPEN)
    op.create_index(
        "ix_activations_stuck", "activations", ["created_at", "id"], postgresql_where=sa.text("stuck_at IS NOT NULL")
    )


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("offer_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(10), nullable=False, server_default=sa.text("'inactive'")),
        sa.Column("starts_at", MOMENT),
        sa.Column("ends_at", MOMENT),
        sa.Column("reminded_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.ForeignKeyConstraint(["id"], ["activations.id"], name="fk_subscriptions_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_subscriptions_user_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name="fk_subscriptions_offer_id", ondelete="RESTRICT"),
        sa.CheckConstraint("state IN ('inactive', 'active', 'expired', 'failed')", name="state"),
        sa.CheckConstraint("(state IN ('active', 'expired')) = (starts_at IS NOT NULL)", name="starts"),
        sa.CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL) AND starts_at < ends_at", name="period"),
        postgresql_with={"fillfactor": "80"},
    )
    op.execute(
        "ALTER TABLE subscriptions ADD CONSTRAINT ex_subscriptions_overlap EXCLUDE USING gist"
        " (user_id WITH =, offer_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (starts_at IS NOT NULL)"
    )
    op.create_index("ix_subscriptions_user_id_id", "subscriptions", ["user_id", "id"])
    op.create_index(
        "ix_subscriptions_ends", "subscriptions", ["ends_at", "id"], postgresql_where=sa.text("state = 'active'")
    )
    op.create_index("ix_subscriptions_offer_id", "subscriptions", ["offer_id"])
