"""Making a product and changing one, by a form."""

from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import requires
from app.core.errors import AppError, Stale
from app.core.roles import Role
from app.inventory import queries
from app.inventory.console.products import blp
from app.inventory.errors import SkuTaken
from app.inventory.schemas import ProductForm, ProductIn
from app.inventory.service import products as service
from app.stores import queries as stores
from app.stores.errors import StoreNotFound

FIELDS = ("name", "sku", "store_id", "price", "low_stock_threshold", "description", "is_active")
EMPTY = dict.fromkeys(FIELDS, "") | {"total_stock": "0", "low_stock_threshold": "10", "is_active": "true"}
AT: dict[type[AppError], str] = {SkuTaken: "sku", StoreNotFound: "store_id"}


@blp.get("/new")
@requires(Role.OPERATOR)
def new() -> Response:
    """An empty form."""
    return _form(None, EMPTY | {"store_id": request.args.get("store_id", "")}, {})


@blp.post("")
@requires(Role.OPERATOR)
def create() -> AnyResponse:
    """Put the product of the form on the shelf."""
    form = forms.read(ProductIn, request.form)
    product, errors = (
        (None, form.errors) if form.errors else forms.tried(lambda: service.create_product(**form.values), AT)
    )
    if product is None:
        return _form(None, form.typed, errors, status=422)
    flash(f"{product.name} is created.", "ok")
    return htmx.go(url_for("inventory_console.products.detail", product_id=product.id))


@blp.get("/<id:product_id>/edit")
@requires(Role.OPERATOR)
def edit(product_id: int) -> Response:
    """The form with what the product is now."""
    product = queries.product(product_id, inactive_too=True)
    return _form(product, forms.typed(product, (*FIELDS, "version")), {})


@blp.post("/<id:product_id>")
@requires(Role.OPERATOR)
def update(product_id: int) -> AnyResponse:
    """Change the product, unless somebody else did meanwhile."""
    form = forms.read(ProductForm, request.form)
    try:
        _, errors = (None, form.errors) if form.errors else _saved(product_id, form.values)
    except Stale:
        return _stale_form(product_id, form.typed)
    if errors:
        typed = form.typed | {"version": request.form.get("version", "")}
        return _form(queries.product(product_id, inactive_too=True), typed, errors, status=422)
    flash("Changes saved.", "ok")
    return htmx.go(url_for("inventory_console.products.detail", product_id=product_id))


def _saved(product_id: int, changes: dict[str, Any]) -> tuple[Any, dict[str, str]]:
    expected = {forms.version(request.form)}
    return forms.tried(lambda: service.update_product(product_id=product_id, changes=changes, expected=expected), AT)


def _form(
    product: Any,
    form: dict[str, str],
    errors: dict[str, str],
    *,
    stale: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    values = {"product": product, "form": form, "errors": errors, "stale": stale, "stores": stores.names()}
    return htmx.render("products/form.html", "form", status=status, **values)


def _stale_form(product_id: int, typed: dict[str, str]) -> Response:
    product = queries.product(product_id, inactive_too=True)
    stale = forms.differences(typed, forms.typed(product, FIELDS))
    return _form(product, typed | {"version": str(product.version)}, {}, stale=stale, status=409)
