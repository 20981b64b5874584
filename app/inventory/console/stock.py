"""What there is of a product, kept fresh on its page, and counted anew from there or from the list."""

from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import requires
from app.core.errors import AppError
from app.core.roles import Role
from app.inventory import queries
from app.inventory.console.products import blp
from app.inventory.errors import InsufficientStock, StaleStock
from app.inventory.schemas import CountIn
from app.inventory.service import stock

AT: dict[type[AppError], str] = {StaleStock: "set_to", InsufficientStock: "set_to"}


@blp.get("/<id:product_id>/stock")
@requires(Role.VIEWER)
def figures(product_id: int) -> Response:
    """The counters as they are now, or a page on which they are counted anew."""
    if htmx.wants_fragment():
        product = queries.product(product_id, inactive_too=True)
        return make_response(render_template("products/figures.html", product=product))
    return _page(product_id, {}, {})


@blp.post("/<id:product_id>/stock")
@requires(Role.OPERATOR)
def adjust(product_id: int) -> AnyResponse:
    """Set the total, unless it is not what was seen any more."""
    form = forms.read(CountIn, request.form)
    if form.errors:
        return _page(product_id, form.typed, form.errors, status=422)
    _, errors = forms.tried(lambda: stock.adjust(product_id=product_id, **form.values), AT)
    if errors:
        return _page(product_id, form.typed, errors, status=409)
    return _told(product_id, f"The total is {form.values['set_to']:,} now.")


def _told(product_id: int, sentence: str) -> AnyResponse:
    if not htmx.wants_fragment():
        flash(sentence, "ok")
        return htmx.go(url_for("inventory_console.products.detail", product_id=product_id))
    toast = render_template("fragments/toast.html", kind="ok", text=sentence)
    return make_response(_page(product_id, {}, {}).get_data(as_text=True) + toast)


def _page(product_id: int, typed: dict[str, Any], errors: dict[str, str], *, status: int = 200) -> Response:
    product = queries.product(product_id, inactive_too=True)
    return htmx.render("products/adjust.html", "stock", status=status, product=product, typed=typed, errors=errors)
