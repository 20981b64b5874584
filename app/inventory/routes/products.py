"""`/products`, their stock and what moved it."""

from typing import Any

from flask import Response, url_for

from app.core import cache, context, jsons
from app.core.access import public, requires
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.errors import BadCursor, InUse, Stale, ValidationFailed
from app.core.etags import expected_versions, tagged
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.core.schemas import ListQuery, ObjectQuery
from app.core.sparse import shown
from app.inventory import queries
from app.inventory.errors import InsufficientStock, ProductNotFound, SkuTaken, StaleStock
from app.inventory.queries import ProductFilter
from app.inventory.schemas import (
    AdjustmentIn,
    MovementOut,
    ProductIn,
    ProductOut,
    ProductPatch,
    ProductQuery,
    ProductShelf,
    StockOut,
)
from app.inventory.service import products, stock
from app.stores.errors import StoreNotFound

blp = Blueprint(
    "products", __name__, url_prefix="/api/v1/products", description="What stores sell, and how much of it."
)

EXAMPLE = {"store_id": 1, "sku": "TEA-250", "name": "Green tea", "price": "19.90", "total_stock": 50}


@blp.route("")
@blp.arguments(ProductQuery, location="query")
@blp.response(200, page_schema(ProductOut))
@blp.refuses(ValidationFailed, BadCursor)
@public
def list_products(query: dict[str, Any]) -> Response:
    """List products with what there is of them now."""
    schema = shown(ProductOut, query["fields_"])
    page = jsons.parse(_kept_page(query))
    stocked = queries.stock_of([row["id"] for row in page["data"]])
    page["data"] = [_picked(row | _counters(stocked.get(row["id"])), schema.dump_fields) for row in page["data"]]
    return linked(json_response(jsons.dump(page)), page["next_cursor"])


@blp.route("", methods=["POST"])
@blp.arguments(ProductIn, example=EXAMPLE)
@blp.response(201, ProductOut)
@blp.refuses(StoreNotFound, SkuTaken, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def create_product(body: dict[str, Any]) -> Response:
    """Put a product on the shelf."""
    made = products.create_product(**body)
    response = _answer(made.id, 201)
    response.headers["Location"] = url_for("products.get_product", product_id=made.id)
    return response


@blp.route("/<id:product_id>")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, ProductOut)
@blp.refuses(ProductNotFound, ValidationFailed)
@public
def get_product(query: dict[str, Any], product_id: int) -> Response:
    """Show a product."""
    schema = shown(ProductOut, query["fields_"])
    row = queries.product(product_id, inactive_too=_staff())
    return json_response(jsons.dump(schema.dump(row)))


@blp.route("/<id:product_id>", methods=["PATCH"])
@blp.arguments(ProductPatch, example={"price": "17.50"})
@blp.response(200, ProductOut)
@blp.refuses(ProductNotFound, StoreNotFound, SkuTaken, Stale, ValidationFailed)
@requires(Role.OPERATOR)
def update_product(body: dict[str, Any], product_id: int) -> Response:
    """Change a product."""
    products.update_product(product_id=product_id, changes=body, expected=expected_versions())
    return _answer(product_id)


@blp.route("/<id:product_id>", methods=["DELETE"])
@blp.response(204)
@blp.refuses(ProductNotFound, InUse, Stale)
@requires(Role.OPERATOR)
def delete_product(product_id: int) -> str:
    """Delete a product that nobody ever held."""
    products.delete_product(product_id=product_id, expected=expected_versions())
    return ""


@blp.route("/<id:product_id>/stock-adjustments", methods=["POST"])
@blp.arguments(AdjustmentIn, example={"delta": 12, "reason": "delivery 4711"})
@blp.response(201, StockOut)
@blp.refuses(ProductNotFound, InsufficientStock, StaleStock, ValidationFailed)
@requires(Role.OPERATOR)
@idempotent
def adjust_stock(body: dict[str, Any], product_id: int) -> Response:
    """Change how much there is of a product."""
    after = stock.adjust(product_id=product_id, **body)
    return json_response(jsons.dump(StockOut().dump(after)), 201)


@blp.route("/<id:product_id>/stock-movements")
@blp.arguments(ListQuery, location="query")
@blp.response(200, page_schema(MovementOut))
@blp.refuses(ProductNotFound, ValidationFailed, BadCursor)
@requires(Role.VIEWER)
def list_movements(query: dict[str, Any], product_id: int) -> Response:
    """List what moved the stock of a product, the newest first."""
    schema = shown(MovementOut, query["fields_"])
    page = queries.movements(product_id, limit=query["limit"], cursor=query["cursor"])
    queries.product(product_id, inactive_too=True)
    return linked(json_response(page_body(page, schema)), page.next_cursor)


def _kept_page(query: dict[str, Any]) -> bytes:
    """The page without its stock: from the cache, unless the stock decides what is on it."""
    names = ("q", "store_id", "ids", "low_stock")
    which = ProductFilter(**{name: query[name] for name in names}, is_active=query["is_active"] if _staff() else True)
    place = {"ordering": query["ordering"], "limit": query["limit"], "cursor": query["cursor"]}

    def made() -> bytes:
        return page_body(queries.page(which, **place), shown(ProductShelf, None))

    if which.low_stock is not None:
        return made()
    key = jsons.dump([which.q, which.store_id, which.ids, which.is_active, *place.values()]).decode()
    return cache.kept(products.CACHE, key, made)


def _counters(row: Any) -> dict[str, int | None]:
    names = ("total_stock", "available_stock", "reserved_stock")
    return {name: getattr(row, name, None) for name in names}


def _picked(row: dict[str, Any], names: Any) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _answer(product_id: int, status: int = 200) -> Response:
    row = queries.product(product_id, inactive_too=True)
    return tagged(json_response(jsons.dump(shown(ProductOut, None).dump(row)), status), row.version)


def _staff() -> bool:
    who = context.principal()
    return who is not None and who.can(Role.VIEWER)
