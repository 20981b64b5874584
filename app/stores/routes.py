"""`/stores`."""

from typing import Any

from flask import Response, url_for

from app.core import cache, context, jsons
from app.core.access import public, requires
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.errors import BadCursor, InUse, Stale, ValidationFailed
from app.core.etags import expected_versions, tagged
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.core.schemas import ObjectQuery
from app.core.sparse import shown
from app.stores import queries, service
from app.stores.errors import StoreNotFound
from app.stores.queries import StoreFilter
from app.stores.schemas import StoreIn, StoreOut, StorePatch, StoreQuery

blp = Blueprint("stores", __name__, url_prefix="/api/v1/stores", description="Places with a position and a clock.")

EXAMPLE = {"name": "Central", "latitude": 52.52, "longitude": 13.405, "timezone": "Europe/Berlin", "is_active": True}


@blp.route("")
@blp.arguments(StoreQuery, location="query")
@blp.response(200, page_schema(StoreOut))
@blp.refuses(ValidationFailed, BadCursor)
@public
def list_stores(query: dict[str, Any]) -> Response:
    """List stores."""
    which = StoreFilter(q=query["q"], is_active=query["is_active"] if _staff() else True)
    place = {"ordering": query["ordering"], "limit": query["limit"], "cursor": query["cursor"]}
    schema = shown(StoreOut, query["fields_"])
    key = jsons.dump([which.q, which.is_active, *place.values(), query["fields_"]]).decode()
    kept = cache.kept(service.CACHE, key, lambda: page_body(queries.page(which, **place), schema))
    return linked(json_response(kept), jsons.parse(kept)["next_cursor"])


@blp.route("", methods=["POST"])
@blp.arguments(StoreIn, example=EXAMPLE)
@blp.response(201, StoreOut)
@blp.refuses(ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def create_store(body: dict[str, Any]) -> Response:
    """Open a store."""
    store = service.create_store(**body)
    response = tagged(json_response(jsons.dump(shown(StoreOut, None).dump(store)), 201), store.version)
    response.headers["Location"] = url_for("stores.get_store", store_id=store.id)
    return response


@blp.route("/<id:store_id>")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, StoreOut)
@blp.refuses(StoreNotFound, ValidationFailed)
@public
def get_store(query: dict[str, Any], store_id: int) -> Response:
    """Show a store."""
    schema = shown(StoreOut, query["fields_"])
    store = queries.store(store_id, inactive_too=_staff())
    return tagged(json_response(jsons.dump(schema.dump(store))), store.version)


@blp.route("/<id:store_id>", methods=["PATCH"])
@blp.arguments(StorePatch, example={"name": "Central Station"})
@blp.response(200, StoreOut)
@blp.refuses(StoreNotFound, Stale, ValidationFailed)
@requires(Role.OPERATOR)
def update_store(body: dict[str, Any], store_id: int) -> Response:
    """Change a store."""
    store = service.update_store(store_id=store_id, changes=body, expected=expected_versions())
    return tagged(json_response(jsons.dump(shown(StoreOut, None).dump(store))), store.version)


@blp.route("/<id:store_id>", methods=["DELETE"])
@blp.response(204)
@blp.refuses(StoreNotFound, InUse, Stale)
@requires(Role.OPERATOR)
def delete_store(store_id: int) -> str:
    """Delete a store that nothing refers to."""
    service.delete_store(store_id=store_id, expected=expected_versions())
    return ""


def _staff() -> bool:
    who = context.principal()
    return who is not None and who.can(Role.VIEWER)
