"""Since when a job waits for a worker."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    moment = sa.TIMESTAMP(timezone=True)
    op.add_column("jobs", sa.Column("ready_at", moment, nullable=False, server_default=sa.func.clock_timestamp()))
