"""A hold that was let in and had to wait is refused when its promo was over before the hold was made."""

import sqlalchemy as sa
from alembic import op

from app.core.sql import sql_file

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the function; its words stay the same."""
    op.execute(sa.text(sql_file("promos", "holds")))
