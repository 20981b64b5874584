"""What an operator does with one promo by a button: open it, pause it, end it, copy it, put it away."""

from collections.abc import Callable
from typing import Any

from flask import flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import requires
from app.core.errors import AppError
from app.core.roles import Role
from app.inventory.errors import InsufficientStock
from app.promos import queries
from app.promos.console.presentation import STATUSES
from app.promos.console.promos import blp
from app.promos.errors import (
    PriceNotBelow,
    PromoActive,
    PromoIllegalTransition,
    PromoNotActivatable,
    PromoOverlaps,
    WindowOver,
)
from app.promos.service import lifecycle, planning

REFUSED: tuple[type[AppError], ...] = (
    *(PromoIllegalTransition, PromoNotActivatable, PromoOverlaps, PriceNotBelow, WindowOver),
    *(InsufficientStock, PromoActive),
)


@blp.post("/<id:promo_id>/activate")
@requires(Role.OPERATOR)
def activate(promo_id: int) -> AnyResponse:
    """Open the promo for its window."""
    return _moved(promo_id, lifecycle.activate, "is activated")


@blp.post("/<id:promo_id>/pause")
@requires(Role.OPERATOR)
def pause(promo_id: int) -> AnyResponse:
    """Hold no more units."""
    return _moved(promo_id, lifecycle.pause, "is paused")


@blp.post("/<id:promo_id>/resume")
@requires(Role.OPERATOR)
def resume(promo_id: int) -> AnyResponse:
    """Go on with it."""
    return _moved(promo_id, lifecycle.resume, "goes on")


@blp.post("/<id:promo_id>/end")
@requires(Role.OPERATOR)
def end(promo_id: int) -> AnyResponse:
    """End it for good, for somebody who typed what it sells."""
    name = queries.promo(promo_id).product_name
    if " ".join(request.form.get("name", "").split()) != " ".join(name.split()):
        flash(f"Nothing was ended. Type the name of the product to end its promo: {name}", "error")
        return htmx.go(_page(promo_id))
    return told(promo_id, lambda: lifecycle.end(promo_id=promo_id), f"{name} is ended.")


@blp.post("/<id:promo_id>/duplicate")
@requires(Role.OPERATOR)
def duplicate(promo_id: int) -> AnyResponse:
    """A draft of the same, in the next week at the same time, to be looked at before it is activated."""
    made, refused = _tried(lambda: planning.duplicate_promo(promo_id=promo_id))
    if refused:
        flash(refused, "error")
        return htmx.go(_page(promo_id))
    flash("This is the copy: a draft in the next week at the same time. Look it over, then activate it.", "ok")
    return htmx.go(url_for("promos_console.promos.edit", promo_id=made.id))


@blp.post("/<id:promo_id>/delete")
@requires(Role.OPERATOR)
def delete(promo_id: int) -> AnyResponse:
    """Delete a draft; put away what has ended."""
    was = queries.promo(promo_id)
    done = "The draft is deleted." if was.status == "draft" else f"{was.product_name} is put away; its history stays."
    index = url_for("promos_console.promos.index")
    return told(promo_id, lambda: planning.remove_promo(promo_id=promo_id), done, then=index)


def told(promo_id: int, act: Callable[[], Any], done: str, *, then: str = "") -> AnyResponse:
    """Do it and say so; when it is refused, say why and how it stands."""
    _, refused = _tried(act)
    if refused:
        status = STATUSES[queries.promo(promo_id).status][0].lower()
        flash(f"{refused} Nothing was changed; it is {status} now.", "error")
    else:
        flash(done, "ok")
    return htmx.go(_page(promo_id) if refused else then or _page(promo_id))


def _moved(promo_id: int, act: Callable[..., Any], done: str) -> AnyResponse:
    return told(promo_id, lambda: act(promo_id=promo_id), f"{queries.promo(promo_id).product_name} {done}.")


def _tried(act: Callable[[], Any]) -> tuple[Any, str]:
    made, refused = forms.tried(act, dict.fromkeys(REFUSED, "promo"))
    return made, refused.get("promo", "")


def _page(promo_id: int) -> str:
    return url_for("promos_console.promos.detail", promo_id=promo_id)
