"""Products, stock, movements and holds."""

import sqlalchemy as sa
from alembic import op

from app.core.sql import sql_file

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
NOW = sa.func.clock_timestamp()
HELD = sa.text("state = 'held'")


def upgrade() -> None:
    """Expand."""
    _products()
    _stock()
    _holds()
    op.execute(sa.text(sql_file("audit", "audit_write")))
    op.execute(sa.text(sql_file("inventory", "shift")))
    op.execute(sa.text(sql_file("inventory", "stock")))
    op.execute(sa.text(sql_file("inventory", "holds")))


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("store_id", sa.BigInteger, nullable=False),
        sa.Column("sku", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("price", sa.Numeric(12, 2), nullable=False),
        sa.Column("low_stock_threshold", sa.Integer, nullable=False, server_default=sa.text("10")),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("low_since", MOMENT),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("updated_at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name="fk_products_store_id", ondelete="RESTRICT"),
        sa.CheckConstraint("price >= 0.01", name="price"),
        sa.CheckConstraint("btrim(name) <> ''", name="name"),
        sa.CheckConstraint("btrim(sku) <> ''", name="sku"),
        sa.CheckConstraint("low_stock_threshold >= 0", name="low_stock_threshold"),
    )
    op.create_index("uq_products_sku", "products", [sa.text("lower(sku)")], unique=True)
    op.create_index("ix_products_name_id", "products", [sa.text("lower(name)"), "id"])
    op.create_index("ix_products_store_id_id", "products", ["store_id", "id"])
    op.create_index("ix_products_created_at_id", "products", ["created_at", "id"])


def _stock() -> None:
    op.create_table(
        "product_stock",
        sa.Column("product_id", sa.BigInteger, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("available", sa.Integer, nullable=False),
        sa.Column("reserved", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("product_id", name="pk_product_stock"),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_product_stock_product_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("total = available + reserved", name="sum"),
        sa.CheckConstraint("available >= 0", name="available"),
        sa.CheckConstraint("reserved >= 0", name="reserved"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "stock_movements",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("product_id", sa.BigInteger, nullable=False),
        sa.Column("at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("available_delta", sa.Integer, nullable=False),
        sa.Column("reserved_delta", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("cause", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False, server_default=sa.text("''")),
        sa.Column("actor_id", sa.BigInteger),
        sa.Column("actor_name", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stock_movements"),
    )
    op.create_index("ix_stock_movements_product_id_id", "stock_movements", ["product_id", "id"])


def _holds() -> None:
    op.create_table(
        "stock_holds",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("product_id", sa.BigInteger, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False, server_default=sa.text("'held'")),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_stock_holds"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_stock_holds_user_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_stock_holds_product_id", ondelete="RESTRICT"),
        sa.CheckConstraint("quantity >= 1", name="quantity"),
        sa.CheckConstraint("state IN ('held', 'completed', 'expired', 'released')", name="state"),
        sa.CheckConstraint("(state = 'held') = (ended_at IS NULL)", name="ended"),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("ix_stock_holds_due", "stock_holds", ["expires_at"], postgresql_where=HELD)
    op.create_index("ix_stock_holds_product_due", "stock_holds", ["product_id", "expires_at"], postgresql_where=HELD)
    op.create_index("ix_stock_holds_user_held", "stock_holds", ["user_id"], postgresql_where=HELD)
    op.create_index("ix_stock_holds_user_id_id", "stock_holds", ["user_id", "id"])
    op.create_index("ix_stock_holds_product_id_id", "stock_holds", ["product_id", "id"])
