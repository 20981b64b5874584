"""Which stores the rules of segments name; customers by place in an index whose use the planner can weigh."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "segment_stores",
        sa.Column("segment_id", sa.BigInteger, nullable=False),
        sa.Column("store_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("segment_id", "store_id", name="pk_segment_stores"),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name="fk_segment_stores_segment_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name="fk_segment_stores_store_id", ondelete="RESTRICT"),
    )
    op.create_index("ix_segment_stores_store_id", "segment_stores", ["store_id"])
    # Of a box over a point the planner knows nothing and takes the index even for everybody.
    op.drop_index("ix_customers_place", "customers")
    op.create_index(
        "ix_customers_place",
        "customers",
        ["latitude", "longitude"],
        postgresql_where=sa.text("latitude IS NOT NULL"),
    )
