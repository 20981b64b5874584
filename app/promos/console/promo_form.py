"""One page on which a promo is planned or changed: what, when, where and for whom, counted while it is typed.

Every button of the form sends all of it and gets it back; nothing is kept until it is saved. It works without script.
"""

from typing import Any

from flask import Response, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import filters, forms, htmx
from app.core.access import requires
from app.core.errors import AppError, Stale
from app.core.roles import Role
from app.customers.errors import SegmentNotFound
from app.customers.queries import segments
from app.inventory.errors import InsufficientStock, ProductNotFound
from app.promos import queries, rules
from app.promos.console import drafts, presentation, previews
from app.promos.console.drafts import Draft
from app.promos.console.promos import blp
from app.promos.errors import (
    PriceNotBelow,
    PromoIllegalTransition,
    PromoNotActivatable,
    PromoNotEditable,
    PromoOverlaps,
    QuantityInUse,
    WindowOver,
)
from app.promos.models import Promo
from app.promos.service import lifecycle, planning

AT: dict[type[AppError], str] = {
    ProductNotFound: "product_id",
    PromoNotActivatable: "product_id",
    PriceNotBelow: "promo_price",
    InsufficientStock: "quantity",
    QuantityInUse: "quantity",
    PromoOverlaps: "starts_at",
    WindowOver: "ends_at",
    SegmentNotFound: "segment_ids",
    PromoNotEditable: "status",
    PromoIllegalTransition: "status",
}


@blp.get("/new")
@requires(Role.OPERATOR)
def new() -> Response:
    """An empty form."""
    return _form(None, drafts.empty(filters.number(request.args.get("product_id", ""))), {})


@blp.post("")
@requires(Role.OPERATOR)
def create() -> AnyResponse:
    """Plan the promo of the form, and open it if that was pressed."""
    draft = drafts.drafted(request.form)
    made, errors = (None, draft.errors) if draft.errors else forms.tried(lambda: _planned(draft), AT)
    if made is None:
        return _form(None, draft, errors, status=422)
    return _kept(made.id, draft, "is a draft" if made.activated_at is None else "is activated")


@blp.get("/<id:promo_id>/edit")
@requires(Role.OPERATOR)
def edit(promo_id: int) -> Response:
    """The form with what the promo is now."""
    row = queries.promo(promo_id)
    return _form(row, drafts.saved(row), {})


@blp.post("/<id:promo_id>")
@requires(Role.OPERATOR)
def update(promo_id: int) -> AnyResponse:
    """Change the promo, unless somebody else did meanwhile."""
    row = queries.promo(promo_id)
    draft = drafts.drafted(request.form, row)
    try:
        made, errors = (None, draft.errors) if draft.errors else forms.tried(lambda: _changed(row, draft), AT)
    except Stale:
        return _stale_form(promo_id)
    if made is None:
        return _form(row, draft, errors, status=422)
    opened = row.activated_at is None and made.activated_at is not None
    return _kept(promo_id, draft, "is activated" if opened else "is changed")


@blp.post("/draft")
@requires(Role.OPERATOR)
def redraft() -> Response:
    """The form once more, after a search or to be counted; nothing is saved."""
    promo_id = filters.number(request.form.get("promo_id", ""))
    row = queries.promo(promo_id) if promo_id else None
    return _form(row, drafts.drafted(request.form, row), {})


@blp.post("/preview")
@requires(Role.VIEWER)
def preview() -> str:
    """What the form would come to now; nothing is saved."""
    promo_id = filters.number(request.form.get("promo_id", ""))
    draft = drafts.drafted(request.form, queries.promo(promo_id) if promo_id else None)
    return render_template("promos/previewed.html", draft=draft, preview=previews.preview(draft))


@blp.get("/products")
@requires(Role.VIEWER)
def products() -> str:
    """The products that a search finds, to choose one."""
    chosen = request.args.get("product_id", "")
    return render_template("promos/options.html", options=_options(request.args, chosen), chosen=chosen)


def _planned(draft: Draft) -> Promo:
    made = planning.draft_promo(**draft.facts)
    return _opened(made)


def _changed(row: Any, draft: Draft) -> Promo:
    expected = {forms.version(draft.typed)}
    made = planning.update_promo(promo_id=row.id, changes=drafts.changes(draft, row), expected=expected)
    return _opened(made) if "activate" in rules.VERBS[row.status] else made


def _opened(promo: Promo) -> Promo:
    return lifecycle.activate(promo_id=promo.id) if request.form.get("act") == "activate" else promo


def _kept(promo_id: int, draft: Draft, done: str) -> AnyResponse:
    flash(" ".join([f"{draft.offer.name} {done}.", *draft.notes]), "ok")
    return htmx.go(url_for("promos_console.promos.detail", promo_id=promo_id))


def _options(source: Any, chosen: str) -> Any:
    text = source.get("find", "").replace("\0", "").strip()[:100]
    return queries.offers(text, also=filters.number(chosen))


def _form(
    row: Any, draft: Draft, errors: dict[str, str], *, stale: dict[str, Any] | None = None, status: int = 200
) -> Response:
    facts: dict[str, Any] = {"promo": row, "draft": draft, "form": draft.typed, "errors": errors, "stale": stale}
    facts |= {"may": presentation.editable(row) if row else rules.FACTS, "segments": segments.everything()}
    facts |= {"preview": previews.preview(draft), "find": request.form.get("find", "").replace("\0", "")[:100]}
    options = _options(request.form, draft.typed["product_id"])
    return htmx.render("promos/form.html", "form", status=status, options=options, words=presentation, **facts)


def _stale_form(promo_id: int) -> Response:
    row = queries.promo(promo_id)
    now = drafts.saved(row).typed
    mine = drafts.drafted(request.form, row)
    stale = forms.differences(mine.typed, {name: now[name] for name in (*drafts.NAMES, "segment_ids")})
    typed = mine.typed | {"version": now["version"]}
    return _form(row, Draft(typed, mine.offer, mine.walls, {}, mine.facts), {}, stale=stale, status=409)
