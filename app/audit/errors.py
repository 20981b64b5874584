"""What the audit log refuses."""

from app.core.errors import AppError


class AuditAppendOnly(AppError):
    """The database refuses to change or delete an audit entry."""

    status = 409
    code = "audit_append_only"
    detail = "Audit entries are never changed or deleted."


class AuditEntryNotFound(AppError):
    """There is no audit entry of this id."""

    status = 404
    code = "audit_entry_not_found"
    detail = "There is no audit entry {entry_id}."
