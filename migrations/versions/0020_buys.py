"""Buys by day, their lanes, keys and rollups; since when the service is up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.sql import sql_file

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
NOW = sa.func.clock_timestamp()
ROOMY, COUNTERS = {"fillfactor": "80"}, {"fillfactor": "10"}


def upgrade() -> None:
    """Expand."""
    _buys()
    _counters()
    _rollups()
    _presence()
    for name in ("log", "fold", "stats", "partitions"):
        op.execute(sa.text(sql_file("buys", name)))
    op.execute("SELECT buys_make_partitions(14)")


def _buys() -> None:
    op.create_table(
        "buys",
        sa.Column("lane", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("promotion_id", sa.BigInteger, nullable=False),
        sa.Column("product_id", sa.BigInteger, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("address", postgresql.INET),
        sa.Column("event_id", sa.Uuid),
        sa.PrimaryKeyConstraint("lane", "number", "received_at", name="pk_buys"),
        sa.CheckConstraint("quantity BETWEEN 1 AND 100000", name="quantity"),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.execute("CREATE TABLE buys_rest PARTITION OF buys DEFAULT")


def _counters() -> None:
    op.create_table(
        "buy_lanes",
        sa.Column("lane", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("since", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("lane", name="pk_buy_lanes"),
        postgresql_with=COUNTERS,
    )
    op.create_table(
        "buy_folds",
        sa.Column("lane", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("lane", name="pk_buy_folds"),
        postgresql_with=COUNTERS,
    )
    op.create_table(
        "buy_keys",
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_buy_keys"),
    )
    op.create_index("ix_buy_keys_claimed_at", "buy_keys", ["claimed_at"])


def _rollups() -> None:
    op.create_table(
        "buy_rollups",
        sa.Column("promotion_id", sa.BigInteger, nullable=False),
        sa.Column("grain", sa.String(7), nullable=False),
        sa.Column("bucket", MOMENT, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("promotion_id", "grain", "bucket", name="pk_buy_rollups"),
        sa.CheckConstraint("grain IN ('instant', 'second', 'minute', 'quarter', 'hour', 'day')", name="grain"),
        postgresql_with=ROOMY,
    )
    op.create_index("ix_buy_rollups_grain_bucket", "buy_rollups", ["grain", "bucket"])
    op.create_table(
        "buy_shares",
        sa.Column("promotion_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(7), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("subject_id", sa.BigInteger, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("promotion_id", "kind", "day", "subject_id", name="pk_buy_shares"),
        sa.CheckConstraint("kind IN ('buyer', 'product')", name="kind"),
        postgresql_with=ROOMY,
    )
    op.create_index("ix_buy_shares_day", "buy_shares", ["day"])


def _presence() -> None:
    op.create_table(
        "service_presence",
        sa.Column("id", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("began_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("seen_at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name="pk_service_presence"),
        sa.CheckConstraint("id = 1", name="one"),
    )
