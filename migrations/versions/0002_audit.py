"""The audit log, one partition a month, append-only by trigger."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.sql import sql_file

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("actor_id", sa.BigInteger),
        sa.Column("actor_name", sa.String(100), nullable=False),
        sa.Column("actor_role", sa.String(20)),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("object_type", sa.String(40), nullable=False),
        sa.Column("object_id", sa.String(40), nullable=False),
        sa.Column("old", postgresql.JSONB, nullable=False),
        sa.Column("new", postgresql.JSONB, nullable=False),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("id", "at", name="pk_audit_log"),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_audit_log_object_type_object_id_id", "audit_log", ["object_type", "object_id", "id"])
    op.execute(sa.text(sql_file("audit", "audit_log")))
    op.execute("CREATE TABLE audit_log_rest PARTITION OF audit_log DEFAULT")
    op.execute("SELECT audit_make_partitions(12)")
