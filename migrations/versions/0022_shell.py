"""The lists that somebody keeps, and indexes of the words of products and stores for the console's search."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
WORDS = "to_tsvector('simple'::regconfig, regexp_replace(lower({}), '[\\W_]+', ' ', 'g'))"


def upgrade() -> None:
    """Expand."""
    op.create_index(
        "ix_products_words", "products", [sa.text(WORDS.format("name || ' ' || sku"))], postgresql_using="gin"
    )
    op.create_index("ix_stores_words", "stores", [sa.text(WORDS.format("name"))], postgresql_using="gin")
    _views()


def _views() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("list", sa.String(100), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("query", sa.String(2000), nullable=False),
        sa.Column("is_shared", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.clock_timestamp()),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_saved_views_user_id", ondelete="CASCADE"),
        sa.CheckConstraint("btrim(name) <> ''", name="name"),
        sa.CheckConstraint("query <> ''", name="query"),
    )
    op.create_index("uq_saved_views_name", "saved_views", ["user_id", "list", sa.text("lower(name)")], unique=True)
    op.create_index("ix_saved_views_shared", "saved_views", ["list"], postgresql_where=sa.text("is_shared"))
