"""Orders and payments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.core.sql import sql_file

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
NOW = sa.func.clock_timestamp()
MONEY = sa.Numeric(12, 2)
NONE = sa.text("0")
NOTHING = sa.text("''")
FUNCTIONS = (
    ("jobs", "jobs_ask"),
    ("customers", "counters"),
    ("payments", "payments"),
    ("orders", "orders"),
)


def upgrade() -> None:
    """Expand."""
    _payments()
    _captures()
    _refunds()
    _webhook_events()
    _orders()
    _order_parts()
    for domain, name in FUNCTIONS:
        op.execute(sa.text(sql_file(domain, name)))


def _payments() -> None:
    op.create_table(
        "payments",
        sa.Column("reference", sa.String(40), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("captured", MONEY, nullable=False, server_default=NONE),
        sa.Column("refunded", MONEY, nullable=False, server_default=NONE),
        sa.Column("provider", sa.String(20)),
        sa.Column("checkout_id", sa.String(255)),
        sa.Column("checkout_url", sa.Text),
        sa.Column("checkout_expires_at", MOMENT),
        sa.Column("asked_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("reference", name="pk_payments"),
        sa.CheckConstraint("amount >= 0.01", name="amount"),
        sa.CheckConstraint("refunded BETWEEN 0 AND captured", name="refunded"),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(
        "ix_payments_to_ask",
        "payments",
        ["asked_at"],
        postgresql_where=sa.text("checkout_id IS NOT NULL AND captured = 0"),
    )


def _captures() -> None:
    op.create_table(
        "captures",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("reference", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("refunded", MONEY, nullable=False, server_default=NONE),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("provider_id", sa.String(255)),
        sa.Column("event_id", sa.String(255)),
        sa.Column("note", sa.String(200), nullable=False, server_default=NOTHING),
        sa.Column("at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name="pk_captures"),
        sa.ForeignKeyConstraint(
            ["reference"], ["payments.reference"], name="fk_captures_reference", ondelete="RESTRICT"
        ),
        sa.CheckConstraint("kind IN ('accepted', 'surplus', 'mismatch')", name="kind"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.CheckConstraint("refunded BETWEEN 0 AND amount", name="refunded"),
    )
    op.create_index(
        "uq_captures_accepted", "captures", ["reference"], unique=True, postgresql_where=sa.text("kind = 'accepted'")
    )
    op.create_index(
        "uq_captures_provider_id",
        "captures",
        ["provider", "provider_id"],
        unique=True,
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )
    op.create_index("ix_captures_reference_id", "captures", ["reference", "id"])


def _refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("reference", sa.String(40), nullable=False),
        sa.Column("capture_id", sa.BigInteger, nullable=False),
        sa.Column("cause", sa.String(100), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("state", sa.String(10), nullable=False, server_default=sa.text("'requested'")),
        sa.Column("provider_id", sa.String(255)),
        sa.Column("event_id", sa.String(255)),
        sa.Column("error", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=NONE),
        sa.Column("actor_id", sa.BigInteger),
        sa.Column("actor_name", sa.String(100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
        sa.ForeignKeyConstraint(
            ["reference"], ["payments.reference"], name="fk_refunds_reference", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name="fk_refunds_capture_id", ondelete="RESTRICT"),
        sa.CheckConstraint("state IN ('requested', 'succeeded', 'failed')", name="state"),
        sa.CheckConstraint("(state = 'requested') = (ended_at IS NULL)", name="ended"),
        sa.CheckConstraint("amount > 0", name="amount"),
    )
    op.create_index(
        "uq_refunds_cause",
        "refunds",
        ["capture_id", "cause"],
        unique=True,
        postgresql_where=sa.text("state <> 'failed'"),
    )
    for state in ("requested", "failed"):
        name = {"requested": "ix_refunds_open", "failed": "ix_refunds_failed"}[state]
        op.create_index(name, "refunds", ["created_at"], postgresql_where=sa.text(f"state = '{state}'"))
    op.create_index("ix_refunds_reference_id", "refunds", ["reference", "id"])


def _webhook_events() -> None:
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("event_id", sa.String(255), nullable=False),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(255), nullable=False),
        sa.Column("status", sa.String(50), nullable=False),
        sa.Column("amount", sa.Numeric(14, 2), nullable=False),
        sa.Column("currency", sa.String(10)),
        sa.Column("payment_id", sa.String(255)),
        sa.Column("refund_id", sa.String(255)),
        sa.Column("state", sa.String(10), nullable=False, server_default=sa.text("'new'")),
        sa.Column("outcome", sa.String(40)),
        sa.Column("tries", sa.Integer, nullable=False, server_default=NONE),
        sa.Column("next_try_at", MOMENT, server_default=NOW),
        sa.Column("repeats", sa.Integer, nullable=False, server_default=NONE),
        sa.Column("is_contradicted", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("received_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("settled_at", MOMENT),
        sa.Column("request_id", sa.String(128), nullable=False, server_default=NOTHING),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_events"),
        sa.CheckConstraint("state IN ('new', 'settled', 'parked', 'flagged')", name="state"),
        sa.CheckConstraint("(state IN ('new', 'parked')) = (next_try_at IS NOT NULL)", name="next_try"),
    )
    op.create_index("uq_webhook_events_event", "webhook_events", ["provider", "event_id"], unique=True)
    op.create_index(
        "ix_webhook_events_due", "webhook_events", ["next_try_at"], postgresql_where=sa.text("next_try_at IS NOT NULL")
    )
    op.create_index(
        "ix_webhook_events_flagged",
        "webhook_events",
        ["id"],
        postgresql_where=sa.text("state = 'flagged' OR is_contradicted"),
    )
    op.create_index("ix_webhook_events_reference_id", "webhook_events", ["reference", "id"])
    op.create_index("ix_webhook_events_received_at", "webhook_events", ["received_at"])


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("reference", sa.String(16), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(10), nullable=False, server_default=sa.text("'PENDING'")),
        sa.Column("payment_status", sa.String(20), nullable=False, server_default=sa.text("'unpaid'")),
        sa.Column("total", MONEY, nullable=False),
        sa.Column("refunded", MONEY, nullable=False, server_default=NONE),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("source_id", sa.BigInteger),
        sa.Column("steps", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("updated_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("pay_by", MOMENT, nullable=False),
        sa.Column("paid_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sa.UniqueConstraint("reference", name="uq_orders_reference"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_orders_user_id", ondelete="RESTRICT"),
        sa.CheckConstraint(
            "status IN ('PENDING', 'CONFIRMED', 'PROCESSING', 'SHIPPED', 'DELIVERED', 'CANCELLED')", name="status"
        ),
        sa.CheckConstraint(
            "payment_status IN ('unpaid', 'paid', 'failed', 'review', 'partially_refunded', 'refunded')",
            name="payment_status",
        ),
        sa.CheckConstraint("source IN ('shelf', 'promo')", name="source"),
        sa.CheckConstraint("(source = 'promo') = (source_id IS NOT NULL)", name="source_id"),
        sa.CheckConstraint("total >= 0.01", name="total"),
        sa.CheckConstraint("refunded BETWEEN 0 AND total", name="refunded"),
    )
    pending = sa.text("status = 'PENDING'")
    op.create_index("ix_orders_due", "orders", ["pay_by"], postgresql_where=pending)
    op.create_index("ix_orders_user_pending", "orders", ["user_id"], postgresql_where=pending)
    op.create_index("ix_orders_paid_at", "orders", ["paid_at"], postgresql_where=sa.text("paid_at IS NOT NULL"))
    for name, first in (("", []), ("status_", ["status"]), ("user_", ["user_id"])):
        op.create_index(f"ix_orders_{name}newest", "orders", [*first, "created_at", "id", "total"])
        op.create_index(f"ix_orders_{name}highest", "orders", [*first, "total", "id", "created_at"])
    op.create_index(
        "ix_orders_source", "orders", ["source_id", "id"], postgresql_where=sa.text("source_id IS NOT NULL")
    )


def _order_parts() -> None:
    order = sa.Column("order_id", sa.Uuid, nullable=False)
    op.create_table(
        "order_items",
        order,
        sa.Column("product_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("unit_price", MONEY, nullable=False),
        sa.Column("subtotal", MONEY, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "product_id", name="pk_order_items"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_items_order_id", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_order_items_product_id", ondelete="RESTRICT"),
        sa.CheckConstraint("quantity >= 1", name="quantity"),
        sa.CheckConstraint("subtotal = quantity * unit_price", name="subtotal"),
    )
    op.create_index("ix_order_items_product_id", "order_items", ["product_id"])
    op.create_table(
        "order_events",
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("step", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("payment_status", sa.String(20), nullable=False),
        sa.Column("cause", sa.String(200), nullable=False),
        sa.Column("actor_id", sa.BigInteger),
        sa.Column("actor_name", sa.String(100), nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "step", name="pk_order_events"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_events_order_id", ondelete="RESTRICT"),
    )
    op.create_table(
        "order_notes",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("author_id", sa.BigInteger, nullable=False),
        sa.Column("author_name", sa.String(100), nullable=False),
        sa.Column("at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("id", name="pk_order_notes"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_notes_order_id", ondelete="RESTRICT"),
    )
    op.create_index("ix_order_notes_order_id", "order_notes", ["order_id"])
    op.create_table(
        "daily_reports",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("figures", JSONB, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
        sa.PrimaryKeyConstraint("day", name="pk_daily_reports"),
    )
