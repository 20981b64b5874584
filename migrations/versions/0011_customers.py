"""Customers, segments, memberships; imported stock rows; names that are searched by how they begin."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.core.sql import sql_file

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
NOW = sa.func.clock_timestamp()
NAMES = ("username", "email", "first_name", "last_name")


def upgrade() -> None:
    """Expand."""
    op.execute(sa.text(sql_file("core", "geo")))
    _customers()
    _segments()
    op.create_table(
        "imported_rows",
        sa.Column("row_key", sa.String(100), nullable=False),
        sa.Column("product_id", sa.BigInteger, nullable=False),
        sa.Column("set_to", sa.Integer, nullable=False),
        sa.Column("applied_at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("row_key", name="pk_imported_rows"),
    )
    op.create_index("ix_imported_rows_applied_at", "imported_rows", ["applied_at"])
    for name in NAMES:
        op.create_index(f"ix_users_{name}_begins", "users", [sa.text(f"lower({name}) text_pattern_ops")])


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("in_app_opt_in", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("email_opt_in", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("orders", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("spend", sa.Numeric(12, 2), nullable=False, server_default=sa.text("0")),
        sa.Column("last_order_at", MOMENT),
        sa.Column("last_notified_at", MOMENT),
        sa.Column("anonymised_at", MOMENT),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("updated_at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
        sa.ForeignKeyConstraint(["id"], ["users.id"], name="fk_customers_id", ondelete="RESTRICT"),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="place"),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        sa.CheckConstraint("orders >= 0", name="orders"),
        sa.CheckConstraint("spend >= 0", name="spend"),
        sa.CheckConstraint("anonymised_at IS NULL OR NOT is_active", name="anonymised"),
        postgresql_with={"fillfactor": "90"},
    )
    op.create_index("ix_customers_joined_at_id", "customers", ["joined_at", "id"])
    op.create_index(
        "ix_customers_place",
        "customers",
        [sa.text("point(longitude, latitude)")],
        postgresql_using="gist",
        postgresql_where=sa.text("latitude IS NOT NULL"),
    )
    op.execute(
        "INSERT INTO customers (id, joined_at, is_active) SELECT id, created_at, is_active FROM users"
        " WHERE role = 'customer'"
    )


def _segments() -> None:
    op.create_table(
        "segments",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("rules", JSONB),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("updated_at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name="pk_segments"),
        sa.CheckConstraint("btrim(name) <> ''", name="name"),
    )
    op.create_index("uq_segments_name", "segments", [sa.text("lower(name)")], unique=True)
    op.create_index("ix_segments_created_at_id", "segments", ["created_at", "id"])
    op.create_table(
        "memberships",
        sa.Column("segment_id", sa.BigInteger, nullable=False),
        sa.Column("customer_id", sa.BigInteger, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("segment_id", "customer_id", name="pk_memberships"),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name="fk_memberships_segment_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_memberships_customer_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_memberships_customer_id_segment_id", "memberships", ["customer_id", "segment_id"])
