"""Stores in the console: the same service, shown to people."""

from typing import Any, cast

from flask import Blueprint, Response, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.audit import queries as audit_queries
from app.core import bulk, context, csvs, filters, forms, htmx
from app.core.access import requires
from app.core.edge import unit
from app.core.errors import NothingChosen, Stale
from app.core.filters import FLAGS
from app.core.pagination import COUNTED_TO, capped
from app.core.panels import PANELS, Count, NavItem, Step
from app.core.roles import Role
from app.core.schemas import ZONES
from app.stores import queries, service
from app.stores.console import places, presentation
from app.stores.console.overview import area, overview
from app.stores.queries import StoreFilter
from app.stores.schemas import StoreIn

blp = Blueprint("stores_console", __name__, url_prefix="/console/stores")

PANELS.navigation["stores"] = NavItem("Stores", "stores_console.index", "store", "s", 30, group="Catalogue")
PAGE_SIZE = 25
SWITCHES = {"activate": True, "deactivate": False}


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """The list of stores."""
    which, asked = _asked()
    page = queries.page(which, ordering=asked["ordering"], limit=PAGE_SIZE, cursor=request.args.get("cursor") or None)
    shown = htmx.listed(page, presentation.shown)
    total = capped(queries.count(which))
    facts: dict[str, Any] = {"filters": asked, "total": total, "can_edit": _can_edit(), "map": overview(which)}
    return htmx.render("stores/index.html", "list", page=shown, **facts)


@blp.get("/export.csv")
@requires(Role.VIEWER)
@unit("report")
def export() -> Response:
    """The filtered list as CSV."""
    which, asked = _asked()
    rows = presentation.csv_rows(queries.everything(which, ordering=asked["ordering"]))
    return csvs.attachment("stores.csv", presentation.CSV_HEADER, rows)


@blp.post("/bulk")
@requires(Role.OPERATOR)
def switch_many() -> AnyResponse:
    """Show the ticked stores, or all of the filter, to customers, or hide them."""
    which, asked = _asked()
    is_active, ticked = SWITCHES.get(request.form.get("do", "")), bulk.chosen(request.form, int)
    if is_active is None:
        raise NothingChosen
    ids = queries.matching(which, limit=COUNTED_TO) if ticked is None else ticked
    flash(str(service.switch_stores(ids=ids, is_active=is_active)), "ok")
    given: dict[str, Any] = {name: text for name, text in asked.items() if text}
    return htmx.go(url_for("stores_console.index", **given))


@blp.get("/new")
@requires(Role.OPERATOR)
def new() -> Response:
    """An empty form."""
    return _form(None, {"name": "", "latitude": "", "longitude": "", "timezone": "", "is_active": "true"}, {})


@blp.post("")
@requires(Role.OPERATOR)
def create() -> AnyResponse:
    """Open a store from the form."""
    form = forms.read(StoreIn, request.form)
    if form.errors:
        return _form(None, form.typed, form.errors, status=422)
    store = service.create_store(**form.values)
    flash(f"{store.name} is created.", "ok")
    return htmx.go(url_for("stores_console.detail", store_id=store.id))


@blp.get("/place")
@requires(Role.OPERATOR)
def place() -> str:
    """The map of a form around the place that its fields name."""
    but = filters.number(request.args.get("but", ""))
    return render_template("stores/map.html", map=places.typed(request.args, but=but), but=but, moves=True)


@blp.get("/<id:store_id>")
@requires(Role.VIEWER)
def detail(store_id: int) -> Response:
    """One store and its history."""
    store = presentation.shown(queries.store(store_id, inactive_too=True))
    facts: dict[str, Any] = {
        "history": presentation.history(audit_queries.of_object("store", store_id)),
        "map": places.around(store["latitude"], store["longitude"], but=store_id),
        "can_edit": _can_edit(),
    }
    return htmx.render("stores/detail.html", "content", store=store, **facts)


@blp.get("/<id:store_id>/edit")
@requires(Role.OPERATOR)
def edit(store_id: int) -> Response:
    """The form with what the store is now."""
    store = queries.store(store_id, inactive_too=True)
    return _form(store, forms.typed(store, presentation.FIELDS) | {"version": str(store.version)}, {})


@blp.post("/<id:store_id>")
@requires(Role.OPERATOR)
def update(store_id: int) -> AnyResponse:
    """Change the store, unless somebody else did meanwhile."""
    form = forms.read(StoreIn, request.form)
    typed = form.typed | {"version": request.form.get("version", "")}
    if form.errors:
        return _form(queries.store(store_id, inactive_too=True), typed, form.errors, status=422)
    try:
        service.update_store(store_id=store_id, changes=form.values, expected={forms.version(typed)})
    except Stale:
        return _stale_form(store_id, typed)
    flash("Changes saved.", "ok")
    return htmx.go(url_for("stores_console.detail", store_id=store_id))


@blp.post("/<id:store_id>/activate")
@requires(Role.OPERATOR)
def activate(store_id: int) -> AnyResponse:
    """Show the store to customers."""
    return _switch(store_id, is_active=True)


@blp.post("/<id:store_id>/deactivate")
@requires(Role.OPERATOR)
def deactivate(store_id: int) -> AnyResponse:
    """Hide the store from customers."""
    return _switch(store_id, is_active=False)


@blp.post("/<id:store_id>/delete")
@requires(Role.OPERATOR)
def delete(store_id: int) -> AnyResponse:
    """Remove the store."""
    service.delete_store(store_id=store_id)
    flash("The store is deleted.", "ok")
    return htmx.go(url_for("stores_console.index"))


def _switch(store_id: int, *, is_active: bool) -> AnyResponse:
    store = service.update_store(store_id=store_id, changes={"is_active": is_active})
    flash(f"{store.name} is {'active' if is_active else 'inactive'}.", "ok")
    return htmx.go(url_for("stores_console.detail", store_id=store_id))


def _form(
    store: Any, form: dict[str, str], errors: dict[str, str], *, stale: dict[str, Any] | None = None, status: int = 200
) -> Response:
    values = {"store": store, "form": form, "errors": errors, "stale": stale, "timezones": sorted(ZONES)}
    but = store.id if store else None
    values |= {"map": places.typed({**form, "map_km": request.form.get("map_km", "")}, but=but), "but": but}
    return htmx.render("stores/form.html", "form", status=status, **values)


def _stale_form(store_id: int, typed: dict[str, str]) -> Response:
    store = queries.store(store_id, inactive_too=True)
    stale = forms.differences(typed, forms.typed(store, presentation.FIELDS))
    return _form(store, typed | {"version": str(store.version)}, {}, stale=stale, status=409)


def _asked() -> tuple[StoreFilter, dict[str, str]]:
    asked = filters.asked(
        request.args, orderings=queries.ORDERINGS, ordering="name", texts=("q", "area"), is_active=FLAGS
    )
    named = area(asked["area"])
    asked["area"] = asked["area"] if named else ""
    return StoreFilter(asked["q"].strip(), FLAGS.get(asked["is_active"]), named), asked


def _can_edit() -> bool:
    return cast("context.Principal", context.principal()).can(Role.OPERATOR)


def _count() -> Count:
    return Count("Stores", capped(queries.count(StoreFilter())), url_for("stores_console.index"))


def _step() -> Step:
    return Step("Create a store", queries.count(StoreFilter()) > 0, url_for("stores_console.index"), 10)


PANELS.counts["stores"] = _count
PANELS.steps["stores"] = _step
