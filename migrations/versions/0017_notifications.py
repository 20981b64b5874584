"""Notifications, and how far the start of a promo is announced."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.core.sql import sql_file

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
NOW = sa.func.clock_timestamp()
FUNCTIONS = (("mail", "write"), ("notifications", "tell"))


def upgrade() -> None:
    """Expand."""
    _notifications()
    _quotas()
    _announcements()
    for domain, name in FUNCTIONS:
        op.execute(sa.text(sql_file(domain, name)))


def _notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject_id", sa.BigInteger, nullable=False),
        sa.Column("customer_id", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("in_app", sa.Boolean, nullable=False),
        sa.Column("email", sa.Boolean, nullable=False),
        sa.Column("suppressed", sa.String(20)),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("read_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        sa.UniqueConstraint("kind", "subject_id", "customer_id", name="uq_notifications_subject"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_notifications_customer_id", ondelete="RESTRICT"
        ),
        sa.CheckConstraint("kind IN ('flash_promo')", name="kind"),
        sa.CheckConstraint(
            "suppressed IN ('paused', 'sold_out', 'ended', 'quiet_hours', 'no_channel', 'cap')", name="suppressed"
        ),
        sa.CheckConstraint("suppressed IS NOT NULL OR in_app OR email", name="channel"),
    )
    op.create_index(
        "ix_notifications_inbox",
        "notifications",
        ["customer_id", "id"],
        postgresql_where=sa.text("suppressed IS NULL AND in_app"),
    )
    op.create_index("ix_notifications_customer_id_id", "notifications", ["customer_id", "id"])
    op.create_index("ix_notifications_day", "notifications", ["day"])


def _quotas() -> None:
    op.create_table(
        "notification_quotas",
        sa.Column("customer_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("told", sa.SmallInteger, nullable=False),
        sa.Column("cap", sa.SmallInteger, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "kind", "day", name="pk_notification_quotas"),
        sa.CheckConstraint("told BETWEEN 0 AND cap", name="told"),
    )
    op.create_index("ix_notification_quotas_day", "notification_quotas", ["day"])


def _announcements() -> None:
    op.create_table(
        "promo_announcements",
        sa.Column("promo_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("started_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("planned", sa.Integer),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("promo_id", name="pk_promo_announcements"),
        sa.ForeignKeyConstraint(
            ["promo_id"], ["promos.id"], name="fk_promo_announcements_promo_id", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_promo_announcements_open", "promo_announcements", ["promo_id"], postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "promo_announcement_ranges",
        sa.Column("promo_id", sa.BigInteger, nullable=False),
        sa.Column("after_id", sa.BigInteger, nullable=False),
        sa.Column("to_id", sa.BigInteger, nullable=False),
        sa.Column("asked_at", MOMENT),
        sa.Column("done_at", MOMENT),
        sa.Column("outcome", JSONB),
        sa.Column("is_counted", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.PrimaryKeyConstraint("promo_id", "after_id", name="pk_promo_announcement_ranges"),
        sa.ForeignKeyConstraint(
            ["promo_id"],
            ["promo_announcements.promo_id"],
            name="fk_promo_announcement_ranges_promo_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("after_id < to_id", name="span"),
        sa.CheckConstraint("(done_at IS NULL) = (outcome IS NULL)", name="outcome"),
    )
    op.create_index(
        "ix_promo_announcement_ranges_open",
        "promo_announcement_ranges",
        ["promo_id", "after_id"],
        postgresql_where=sa.text("NOT is_counted"),
    )
