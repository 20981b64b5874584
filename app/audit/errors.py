"""What the audit log refuses."""

from app.core.errors import AppError


class AuditAppendOnly(AppError):
    """The database refuses to change or delete an audit entry."""

    status = 409
    code = "audit_append_only"
    detail = "Audit entries are never changed or deleted."
