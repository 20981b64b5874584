"""`/audit-log`."""

from dataclasses import fields
from typing import Any

from flask import Response

from app.audit import queries
from app.audit.errors import AuditEntryNotFound
from app.audit.queries import AuditFilter
from app.audit.schemas import AuditEntryOut, AuditQuery
from app.core.access import requires
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.edge import unit
from app.core.errors import BadCursor, ValidationFailed
from app.core.jsons import dump
from app.core.roles import Role
from app.core.schemas import ObjectQuery
from app.core.sparse import shown

blp = Blueprint("audit", __name__, url_prefix="/api/v1/audit-log", description="Who changed what, when, from where.")


@blp.route("")
@blp.arguments(AuditQuery, location="query")
@blp.response(200, page_schema(AuditEntryOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER)
@unit("report")
def list_audit_log(query: dict[str, Any]) -> Response:
    """List what was done, newest first."""
    which = AuditFilter(**{field.name: query[field.name] for field in fields(AuditFilter)})
    page = queries.page(which, limit=query["limit"], cursor=query["cursor"])
    return linked(json_response(page_body(page, shown(AuditEntryOut, query["fields_"]))), page.next_cursor)


@blp.route("/<id:entry_id>")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, AuditEntryOut)
@blp.refuses(AuditEntryNotFound, ValidationFailed)
@requires(Role.VIEWER)
def get_audit_entry(query: dict[str, Any], entry_id: int) -> Response:
    """Show one entry."""
    return json_response(dump(shown(AuditEntryOut, query["fields_"]).dump(queries.entry(entry_id))))
