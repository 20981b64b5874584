"""Making an offer and changing one, by a form."""

from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import requires
from app.core.errors import Stale
from app.core.roles import Role
from app.offers.console.offers import blp
from app.offers.queries import offers as queries
from app.offers.schemas import OfferIn
from app.offers.service import offers as service

EMPTY = dict.fromkeys(service.FACTS, "") | {"is_active": "true"}


@blp.get("/new")
@requires(Role.OPERATOR)
def new() -> Response:
    """An empty form."""
    return _form(None, EMPTY, {})


@blp.post("")
@requires(Role.OPERATOR)
def create() -> AnyResponse:
    """Make the offer of the form."""
    form = forms.read(OfferIn, request.form)
    if form.errors:
        return _form(None, form.typed, form.errors, status=422)
    offer = service.create_offer(**form.values)
    flash(f"{offer.name} is made.", "ok")
    return htmx.go(url_for("offers_console.offers.detail", offer_id=offer.id))


@blp.get("/<id:offer_id>/edit")
@requires(Role.OPERATOR)
def edit(offer_id: int) -> Response:
    """The form with what the offer is now."""
    offer = queries.offer(offer_id, inactive_too=True)
    return _form(offer, forms.typed(offer, service.FACTS) | {"version": str(offer.version)}, {})


@blp.post("/<id:offer_id>")
@requires(Role.OPERATOR)
def update(offer_id: int) -> AnyResponse:
    """Change the offer, unless somebody else did meanwhile."""
    form = forms.read(OfferIn, request.form)
    typed = form.typed | {"version": request.form.get("version", "")}
    if form.errors:
        return _form(queries.offer(offer_id, inactive_too=True), typed, form.errors, status=422)
    try:
        service.update_offer(offer_id=offer_id, changes=form.values, expected={forms.version(typed)})
    except Stale:
        return _stale_form(offer_id, typed)
    flash("Changes saved.", "ok")
    return htmx.go(url_for("offers_console.offers.detail", offer_id=offer_id))


def _form(
    offer: Any, form: dict[str, str], errors: dict[str, str], *, stale: dict[str, Any] | None = None, status: int = 200
) -> Response:
    values = {"offer": offer, "form": form, "errors": errors, "stale": stale}
    return htmx.render("offers/form.html", "form", status=status, **values)


def _stale_form(offer_id: int, typed: dict[str, str]) -> Response:
    offer = queries.offer(offer_id, inactive_too=True)
    stale = forms.differences(typed, forms.typed(offer, service.FACTS))
    return _form(offer, typed | {"version": str(offer.version)}, {}, stale=stale, status=409)
