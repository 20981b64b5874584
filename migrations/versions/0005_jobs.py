"""Jobs and schedules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("args", postgresql.JSONB, nullable=False),
        sa.Column("state", sa.String(10), nullable=False, server_default=sa.text("'queued'")),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("epoch", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("leased_until", sa.TIMESTAMP(timezone=True)),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("finished_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("result", postgresql.JSONB),
        sa.Column("error", sa.Text),
        sa.Column("traceback", sa.Text),
        sa.Column("worker", sa.String(100)),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'dead', 'cancelled', 'discarded')", name="state"),
        sa.CheckConstraint("(state IN ('queued', 'running')) = (finished_at IS NULL)", name="finished"),
        # A row changes three times in its short life: room on its page, and a vacuum that comes soon.
        postgresql_with={"fillfactor": "70", "autovacuum_vacuum_scale_factor": "0.02"},
    )
    op.create_index("ix_jobs_due", "jobs", ["due_at"], postgresql_where=OPEN)
    op.create_index("ix_jobs_dead", "jobs", ["id"], postgresql_where=sa.text("state = 'dead'"))
    op.create_index("ix_jobs_finished", "jobs", ["finished_at"], postgresql_where=sa.text("finished_at IS NOT NULL"))
    op.create_index("ix_jobs_name_id", "jobs", ["name", "id"])
    op.create_table(
        "schedules",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("last_slot", sa.TIMESTAMP(timezone=True)),
        sa.Column("paused_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("last_run_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("last_seconds", sa.Double),
        sa.Column("last_error", sa.Text),
        sa.PrimaryKeyConstraint("name", name="pk_schedules"),
    )
