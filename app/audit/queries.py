"""Reading the audit log."""

from collections.abc import Sequence

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.db import session


def of_object(object_type: str, object_id: object, *, limit: int = 50) -> Sequence[AuditEntry]:
    """The latest entries of one object, newest first."""
    mine = (AuditEntry.object_type == object_type, AuditEntry.object_id == str(object_id))
    return session().scalars(select(AuditEntry).where(*mine).order_by(AuditEntry.id.desc()).limit(limit)).all()
