"""One promo: how it stands, what is in its way, what came of it, and everything that was done to it."""

from typing import Any

from flask import Response, make_response, render_template, request

from app.audit import queries as audit_queries
from app.core import htmx
from app.core.access import requires
from app.core.roles import Role
from app.promos import queries
from app.promos.console import drafts, presentation
from app.promos.console.promos import PAGE_SIZE, blp
from app.promos.service import preflight


@blp.get("/<id:promo_id>")
@requires(Role.VIEWER)
def detail(promo_id: int) -> Response:
    """One promo."""
    promo = queries.promo(promo_id)
    facts: dict[str, Any] = {
        "names": presentation.segment_names([promo]),
        "orders": htmx.listed(queries.orders_of(promo_id, limit=PAGE_SIZE, cursor=request.args.get("cursor") or None)),
        "history": audit_queries.of_object("promo", promo_id),
        "form": drafts.saved(promo).typed,
        "errors": {},
        "stale": None,
    }
    return htmx.render("promos/detail.html", "orders", **facts, **_figures(promo))


@blp.get("/<id:promo_id>/figures")
@requires(Role.VIEWER)
def figures(promo_id: int) -> Response:
    """How it stands and what came of it at this moment."""
    facts = _figures(queries.promo(promo_id)) | {"was": request.args.get("status", "")}
    return make_response(render_template("promos/figures.html", **facts))


@blp.get("/<id:promo_id>/preflight")
@requires(Role.VIEWER)
def checks(promo_id: int) -> Response:
    """What stands in its way."""
    found = preflight.preflight(promo_id)
    return htmx.render("promos/preflight.html", "checks", promo=queries.promo(promo_id), found=found)


def _figures(promo: Any) -> dict[str, Any]:
    promo_id = promo.id
    counted: dict[str, Any] = {"results": queries.results(promo_id), "refusals": queries.refusals(promo_id)}
    counted |= {"announced": queries.announced(promo_id)}
    return {"promo": promo, "words": presentation, **counted}
