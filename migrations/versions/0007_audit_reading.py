"""An index for each filter of the audit log, in the order in which it is shown."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_audit_log_at_id": [],
    "ix_audit_log_actor_id_at_id": ["actor_id"],
    "ix_audit_log_actor": [sa.text("lower(actor_name)")],
    "ix_audit_log_action_at_id": ["action"],
    "ix_audit_log_kind": [sa.text("split_part(action, '.', 1)")],
    "ix_audit_log_object_type_at_id": ["object_type"],
    "ix_audit_log_object_id_object_type_at_id": ["object_id", "object_type"],
    "ix_audit_log_source_at_id": ["source"],
    "ix_audit_log_request_id_at_id": ["request_id"],
}


def upgrade() -> None:
    """Expand."""
    for name, columns in INDEXES.items():
        op.create_index(name, "audit_log", [*columns, "at", "id"])
    # The one by object and time does its work.
    op.drop_index("ix_audit_log_object_type_object_id_id", "audit_log")
