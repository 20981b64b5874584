"""Flash promotions and their holds."""

import sqlalchemy as sa
from alembic import op

from app.core.sql import sql_file

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
NOW = sa.func.clock_timestamp()
MONEY = sa.Numeric(12, 2)
NONE = sa.text("0")
HELD = sa.text("state = 'held'")
ACTIVATED = sa.text("activated_at IS NOT NULL")
WINDOW = "tstzrange(starts_at, GREATEST(starts_at, COALESCE(ended_at, ends_at)))"
FUNCTIONS = (("inventory", "holds"), ("orders", "orders"), ("promos", "promos"), ("promos", "holds"))
REACH = "box(point(west, south), point(east, north))"


def upgrade() -> None:
    """Expand."""
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    _promos()
    _promo_segments()
    _promo_stock()
    _promo_holds()
    _promo_refusals()
    for domain, name in FUNCTIONS:
        op.execute(sa.text(sql_file(domain, name)))
    op.execute("DROP FUNCTION IF EXISTS orders_expire(integer, jsonb)")


def _promos() -> None:
    op.create_table(
        "promos",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("product_id", sa.BigInteger, nullable=False),
        sa.Column("promo_price", MONEY, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("audience", sa.String(10), nullable=False),
        sa.Column("max_distance_km", sa.Double),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("per_customer_limit", sa.Integer, nullable=False),
        sa.Column("priority", sa.SmallInteger, nullable=False, server_default=NONE),
        sa.Column("activated_at", MOMENT),
        sa.Column("paused_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("archived_at", MOMENT),
        sa.Column("south", sa.Double),
        sa.Column("north", sa.Double),
        sa.Column("west", sa.Double),
        sa.Column("east", sa.Double),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("updated_at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name="pk_promos"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_promos_product_id", ondelete="RESTRICT"),
        sa.CheckConstraint("promo_price >= 0.01", name="promo_price"),
        sa.CheckConstraint("ends_at >= starts_at + interval '60 seconds'", name="window"),
        sa.CheckConstraint("audience IN ('all', 'segments')", name="audience"),
        sa.CheckConstraint("max_distance_km >= 0", name="max_distance_km"),
        sa.CheckConstraint("quantity >= 1", name="quantity"),
        sa.CheckConstraint("per_customer_limit >= 1", name="per_customer_limit"),
        sa.CheckConstraint("activated_at IS NOT NULL OR (paused_at IS NULL AND ended_at IS NULL)", name="activated"),
        sa.CheckConstraint("(activated_at IS NULL) = (south IS NULL)", name="reach"),
    )
    op.execute(
        f"ALTER TABLE promos ADD CONSTRAINT ex_promos_overlap"
        f" EXCLUDE USING gist (product_id WITH =, {WINDOW} WITH &&) WHERE (activated_at IS NOT NULL)"
    )
    op.create_index(
        "ix_promos_reach",
        "promos",
        [sa.text(REACH), sa.text(WINDOW)],
        postgresql_using="gist",
        postgresql_where=ACTIVATED,
    )
    op.create_index("ix_promos_starts_at_id", "promos", ["starts_at", "id"])
    op.create_index("ix_promos_product_id_id", "promos", ["product_id", "id"])


def _promo_segments() -> None:
    op.create_table(
        "promo_segments",
        sa.Column("promo_id", sa.BigInteger, nullable=False),
        sa.Column("segment_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("promo_id", "segment_id", name="pk_promo_segments"),
        sa.ForeignKeyConstraint(["promo_id"], ["promos.id"], name="fk_promo_segments_promo_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name="fk_promo_segments_segment_id", ondelete="RESTRICT"
        ),
    )
    op.create_index("ix_promo_segments_segment_id", "promo_segments", ["segment_id"])


def _promo_stock() -> None:
    op.create_table(
        "promo_stock",
        sa.Column("promo_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(10), nullable=False, server_default=sa.text("'open'")),
        sa.Column("allotted", sa.Integer, nullable=False),
        sa.Column("held", sa.Integer, nullable=False, server_default=NONE),
        sa.Column("sold", sa.Integer, nullable=False, server_default=NONE),
        sa.Column("returned", sa.Integer, nullable=False, server_default=NONE),
        sa.PrimaryKeyConstraint("promo_id", name="pk_promo_stock"),
        sa.ForeignKeyConstraint(["promo_id"], ["promos.id"], name="fk_promo_stock_promo_id", ondelete="CASCADE"),
        sa.CheckConstraint("state IN ('open', 'paused', 'closed')", name="state"),
        sa.CheckConstraint("held >= 0 AND sold >= 0 AND returned >= 0", name="counted"),
        sa.CheckConstraint("held + sold + returned <= allotted", name="sum"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index(
        "ix_promo_stock_not_closed", "promo_stock", ["promo_id"], postgresql_where=sa.text("state <> 'closed'")
    )


def _promo_holds() -> None:
    op.create_table(
        "promo_holds",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("promo_id", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("price", MONEY, nullable=False),
        sa.Column("state", sa.String(10), nullable=False, server_default=sa.text("'held'")),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("order_id", sa.Uuid),
        sa.Column("returned_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_promo_holds"),
        sa.ForeignKeyConstraint(["promo_id"], ["promos.id"], name="fk_promo_holds_promo_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_promo_holds_user_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_promo_holds_order_id", ondelete="RESTRICT"),
        sa.CheckConstraint("state IN ('held', 'completed', 'expired', 'released')", name="state"),
        sa.CheckConstraint("(state = 'held') = (ended_at IS NULL)", name="ended"),
        sa.CheckConstraint("(state = 'completed') = (order_id IS NOT NULL)", name="ordered"),
        sa.CheckConstraint("returned_at IS NULL OR state = 'completed'", name="returned"),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("uq_promo_holds_live", "promo_holds", ["promo_id", "user_id"], unique=True, postgresql_where=HELD)
    op.create_index(
        "uq_promo_holds_order",
        "promo_holds",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index("ix_promo_holds_due", "promo_holds", ["expires_at"], postgresql_where=HELD)
    op.create_index("ix_promo_holds_promo_due", "promo_holds", ["promo_id", "expires_at"], postgresql_where=HELD)
    op.create_index("ix_promo_holds_user_id_promo_id", "promo_holds", ["user_id", "promo_id"])
    op.create_index("ix_promo_holds_promo_id_id", "promo_holds", ["promo_id", "id"])


def _promo_refusals() -> None:
    op.create_table(
        "promo_refusals",
        sa.Column("promo_id", sa.BigInteger, nullable=False),
        sa.Column("minute", MOMENT, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("refusals", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("promo_id", "minute", "code", name="pk_promo_refusals"),
    )
    op.create_index("ix_promo_refusals_minute", "promo_refusals", ["minute"])
