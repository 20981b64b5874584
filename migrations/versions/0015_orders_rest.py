"""Refunds that fail after they were accepted, messages that were seen, orders by their payment and with their lines."""

import sqlalchemy as sa
from alembic import op

from app.core.sql import sql_file

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.add_column("webhook_events", sa.Column("seen_at", sa.TIMESTAMP(timezone=True)))
    op.drop_index("ix_webhook_events_flagged", "webhook_events")
    op.create_index(
        "ix_webhook_events_unseen",
        "webhook_events",
        ["id"],
        postgresql_where=sa.text("(state = 'flagged' OR is_contradicted) AND seen_at IS NULL"),
    )
    op.create_index("ix_orders_payment_newest", "orders", ["payment_status", "status", "created_at", "id", "total"])
    op.execute(sa.text(sql_file("payments", "payments")))
    _lines()


def _lines() -> None:
    """What an order shows of its lines stands in its own row."""
    op.add_column("orders", sa.Column("lines", sa.Text))
    op.execute(sa.text(sql_file("orders", "orders")))
    op.execute("""
        UPDATE orders AS o SET lines = orders_lines((
            SELECT jsonb_agg(to_jsonb(i)) FROM order_items AS i WHERE i.order_id = o.id
        ))
    """)
    op.alter_column("orders", "lines", nullable=False)
