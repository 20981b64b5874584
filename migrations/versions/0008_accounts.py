"""What users fill in and prefer, refresh tokens, mailed links, and limits counted in PostgreSQL."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Expand."""
    _users()
    _sessions()
    _mailed_links()
    op.create_table(
        "throttles",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_throttles"),
    )
    op.create_index("ix_throttles_ends_at", "throttles", ["ends_at"])


def _users() -> None:
    empty = sa.text("''")
    op.add_column("users", sa.Column("first_name", sa.String(100), nullable=False, server_default=empty))
    op.add_column("users", sa.Column("last_name", sa.String(100), nullable=False, server_default=empty))
    op.add_column("users", sa.Column("email_verified_at", MOMENT))
    op.add_column("users", sa.Column("version", sa.BigInteger, nullable=False, server_default=sa.text("1")))
    op.add_column("users", sa.Column("zone", sa.String(64), nullable=False, server_default=empty))
    op.add_column("users", sa.Column("theme", sa.String(10), nullable=False, server_default=sa.text("'system'")))
    op.add_column("users", sa.Column("shortcuts", sa.Boolean, nullable=False, server_default=sa.text("true")))
    op.create_check_constraint("theme", "users", "theme IN ('light', 'dark', 'system')")
    op.create_index("ix_users_role_id", "users", ["role", "id"])


def _sessions() -> None:
    op.add_column("sessions", sa.Column("seed", sa.String(64), nullable=False, server_default=sa.text("''")))
    op.add_column("sessions", sa.Column("generation", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("sessions", sa.Column("rotated_at", MOMENT, nullable=False, server_default=sa.func.clock_timestamp()))
    op.add_column("sessions", sa.Column("address", sa.String(45), nullable=False, server_default=sa.text("''")))


def _mailed_links() -> None:
    op.create_table(
        "mailed_links",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_mailed_links"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_mailed_links_user_id", ondelete="CASCADE"),
        sa.CheckConstraint("kind IN ('password_reset', 'email_verification', 'invitation')", name="kind"),
    )
    op.create_index("ix_mailed_links_user_id", "mailed_links", ["user_id"])
    op.create_index("ix_mailed_links_expires_at", "mailed_links", ["expires_at"])
