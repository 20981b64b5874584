"""`/segments`, who is in them, and rules tried out."""

from typing import Any

from flask import Response, url_for

from app.core import jsons
from app.core.access import requires
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.errors import BadCursor, InUse, Stale, ValidationFailed
from app.core.etags import expected_versions, tag
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.core.schemas import ObjectQuery
from app.core.sparse import shown
from app.customers.errors import SegmentHasRules, SegmentKindFixed, SegmentNameTaken, SegmentNotFound
from app.customers.queries import audience
from app.customers.queries import segments as queries
from app.customers.queries.segments import SegmentFilter
from app.customers.schemas import segments as schemas
from app.customers.schemas.segments import EXAMPLE, SegmentOut, SegmentWholeOut
from app.customers.service import members, segments
from app.stores.errors import StoreNotFound

blp = Blueprint(
    "segments", __name__, url_prefix="/api/v1/segments", description="Groups of customers, by rules or by hand."
)


@blp.route("")
@blp.arguments(schemas.SegmentQuery, location="query")
@blp.response(200, page_schema(SegmentOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.VIEWER)
def list_segments(query: dict[str, Any]) -> Response:
    """List segments."""
    schema = shown(SegmentOut, query["fields_"])
    place = {"ordering": query["ordering"], "limit": query["limit"], "cursor": query["cursor"]}
    page = queries.page(SegmentFilter(q=query["q"]), **place)
    return linked(json_response(page_body(page, schema)), page.next_cursor)


@blp.route("", methods=["POST"])
@blp.arguments(schemas.SegmentIn, example={"name": "New neighbours", "rules": EXAMPLE})
@blp.response(201, SegmentWholeOut)
@blp.refuses(StoreNotFound, SegmentNameTaken, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def create_segment(body: dict[str, Any]) -> Response:
    """Make a segment, by rules or (without) by hand."""
    made = segments.create_segment(**body)
    response = _answer(made.id, status=201)
    response.headers["Location"] = url_for("segments.get_segment", segment_id=made.id)
    return response


@blp.route("/<id:segment_id>")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, SegmentWholeOut)
@blp.refuses(SegmentNotFound, ValidationFailed)
@requires(Role.VIEWER)
def get_segment(query: dict[str, Any], segment_id: int) -> Response:
    """Show a segment and what refers to it."""
    return _answer(segment_id, fields=query["fields_"])


@blp.route("/<id:segment_id>", methods=["PATCH"])
@blp.arguments(schemas.SegmentPatch, example={"description": "Everybody who joined this month and lives near."})
@blp.response(200, SegmentWholeOut)
@blp.refuses(SegmentNotFound, StoreNotFound, SegmentNameTaken, SegmentKindFixed, Stale, ValidationFailed)
@requires(Role.OPERATOR)
def update_segment(body: dict[str, Any], segment_id: int) -> Response:
    """Change a segment."""
    segments.update_segment(segment_id=segment_id, changes=body, expected=expected_versions())
    return _answer(segment_id)


@blp.route("/<id:segment_id>", methods=["DELETE"])
@blp.response(204)
@blp.refuses(SegmentNotFound, InUse, Stale)
@requires(Role.OPERATOR)
def delete_segment(segment_id: int) -> str:
    """Delete a segment that nothing refers to; its members stay customers."""
    segments.delete_segment(segment_id=segment_id, expected=expected_versions())
    return ""


@blp.route("/<id:segment_id>/members", methods=["POST"])
@blp.arguments(schemas.MembersIn, example={"customer_ids": [4, 5, 6]})
@blp.response(200, schemas.MembersOut)
@blp.refuses(SegmentNotFound, SegmentHasRules, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def add_members(body: dict[str, Any], segment_id: int) -> Response:
    """Put customers into a manual segment; `GET /customers?segment_id=` lists them."""
    added = members.add_members(segment_id=segment_id, **body)
    return json_response(jsons.dump({"added": added}))


@blp.route("/<id:segment_id>/members/<id:customer_id>", methods=["DELETE"])
@blp.response(204)
@blp.refuses(SegmentNotFound, SegmentHasRules)
@requires(Role.OPERATOR)
def remove_member(segment_id: int, customer_id: int) -> str:
    """Take a customer out of a manual segment."""
    members.remove_member(segment_id=segment_id, customer_id=customer_id)
    return ""


@blp.route("/<id:segment_id>/preview")
@blp.response(200, schemas.PreviewOut)
@blp.refuses(SegmentNotFound)
@requires(Role.VIEWER)
def preview_segment(segment_id: int) -> Response:
    """Count who is in a segment now, and show some of them."""
    queries.segment(segment_id)
    return _preview(audience.in_any([segment_id]))


@blp.route("/preview", methods=["POST"])
@blp.arguments(schemas.PreviewIn, example={"rules": EXAMPLE})
@blp.response(200, schemas.PreviewOut)
@blp.refuses(StoreNotFound, ValidationFailed)
@requires(Role.VIEWER)
def preview_rules(body: dict[str, Any]) -> Response:
    """Count whom rules find now, and show some of them, before a segment is made of them."""
    return _preview(audience.ruled_anew(body["rules"]))


def _preview(found: Any) -> Response:
    return json_response(jsons.dump(schemas.PreviewOut().dump(audience.preview(found))))


def _answer(segment_id: int, *, fields: str | None = None, status: int = 200) -> Response:
    schema = shown(SegmentWholeOut, fields)
    row = queries.segment(segment_id)
    body = schema.dump(row._asdict() | {"used_by": queries.used_by([segment_id])[segment_id]})
    response = json_response(jsons.dump(body), status)
    response.headers["ETag"] = tag(row.version)
    return response
