"""Indexes of the sale room: how holds ended, which units came back, what was paid; each in the order of time."""

import sqlalchemy as sa
from alembic import op

from app.core.expanding import beside_others

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand, while promos and orders are written."""
    with beside_others():
        _index("ix_promo_holds_ended", "promo_holds", ["promo_id", "ended_at"], "ended_at IS NOT NULL")
        _index("ix_promo_holds_returned", "promo_holds", ["promo_id", "returned_at"], "returned_at IS NOT NULL")
        paid = "source_id IS NOT NULL AND paid_at IS NOT NULL"
        _index("ix_orders_source_paid", "orders", ["source_id", "paid_at"], paid)


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    """Begun and broken off before, an index is there but of no use: it is made anew."""
    op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
    op.create_index(name, table, columns, postgresql_where=sa.text(where), postgresql_concurrently=True)
