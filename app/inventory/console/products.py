"""The list of products, one product, and what takes no form: on sale, off sale, gone."""

from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.audit import queries as audit_queries
from app.core import bulk, csvs, htmx
from app.core.access import requires
from app.core.edge import unit
from app.core.pagination import capped
from app.core.panels import PANELS, NavItem
from app.core.roles import Role
from app.inventory import queries
from app.inventory.console import presentation
from app.inventory.queries import HoldFilter, ProductFilter
from app.inventory.service import products as service
from app.stores import queries as stores

blp = Blueprint("products", __name__, url_prefix="/products")

PANELS.navigation["products"] = NavItem(
    "Products", "inventory_console.products.index", "box", "p", 32, group="Catalogue"
)
PAGE_SIZE = 25
SHOWN_HOLDS = 10


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """The list of products with what there is of them."""
    which, asked = _asked()
    cursor = request.args.get("cursor") or None
    page = queries.shelf(which, ordering=asked["ordering"], limit=PAGE_SIZE, cursor=cursor)
    facts: dict[str, Any] = {"total": capped(queries.count(which)), "stores": stores.names()}
    return htmx.render("products/index.html", "list", page=htmx.listed(page), filters=asked, **facts)


@blp.get("/export.csv")
@requires(Role.VIEWER)
@unit("report")
def export() -> Response:
    """The filtered list as CSV."""
    which, asked = _asked()
    rows = presentation.product_rows(queries.everything(which, ordering=asked["ordering"]))
    return csvs.attachment("products.csv", presentation.PRODUCT_HEADER, rows)


@blp.post("/bulk")
@requires(Role.OPERATOR)
def switch_many() -> AnyResponse:
    """Put the ticked products, or all of the filter, on sale or take them off."""
    which, asked = _asked()
    ids = queries.matching(which, bulk.chosen(request.form, int))
    flash(str(service.switch_products(ids=ids, is_active=request.form.get("do") == "activate")), "ok")
    return htmx.go(url_for("inventory_console.products.index", **presentation.given(asked)))


@blp.get("/<id:product_id>")
@requires(Role.VIEWER)
def detail(product_id: int) -> Response:
    """One product: its stock, what moved it, who holds it, and its history."""
    product = queries.product(product_id, inactive_too=True)
    cursor = request.args.get("cursor") or None
    live = HoldFilter(sku=product.sku, status="held")
    facts = {
        "product": product,
        "page": htmx.listed(queries.movements(product_id, limit=PAGE_SIZE, cursor=cursor)),
        "holds": queries.hold_page(live, ordering="newest", limit=SHOWN_HOLDS, cursor=None).rows,
        "history": audit_queries.of_object("product", product_id),
    }
    return htmx.render("products/detail.html", "movements", **facts)


@blp.post("/<id:product_id>/activate")
@requires(Role.OPERATOR)
def activate(product_id: int) -> AnyResponse:
    """Put the product on sale."""
    return _switch(product_id, is_active=True)


@blp.post("/<id:product_id>/deactivate")
@requires(Role.OPERATOR)
def deactivate(product_id: int) -> AnyResponse:
    """Take the product off sale."""
    return _switch(product_id, is_active=False)


@blp.post("/<id:product_id>/delete")
@requires(Role.OPERATOR)
def delete(product_id: int) -> AnyResponse:
    """Remove the product."""
    service.delete_product(product_id=product_id)
    flash("The product is deleted.", "ok")
    return htmx.go(url_for("inventory_console.products.index"))


def _switch(product_id: int, *, is_active: bool) -> AnyResponse:
    product = service.update_product(product_id=product_id, changes={"is_active": is_active})
    flash(f"{product.name} is {'active' if is_active else 'inactive'}.", "ok")
    return htmx.go(url_for("inventory_console.products.detail", product_id=product_id))


def _asked() -> tuple[ProductFilter, dict[str, str]]:
    return presentation.products_asked(request.args)
