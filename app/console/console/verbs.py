"""What an operator does in the sale room. The page stays: it says what was done and draws itself anew."""

from datetime import datetime
from typing import NoReturn
from uuid import UUID

from flask import flash, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.console import rules
from app.console.console.room import blp
from app.console.service import room as service
from app.core import filters, htmx
from app.core.access import requires
from app.core.errors import BadRequest
from app.core.roles import Role
from app.promos import queries as promos

MINUTES = ("5", "15", "30")
MOST_UNITS = 1_000_000


@blp.post("/<id:promo_id>/pause")
@requires(Role.OPERATOR)
def pause(promo_id: int) -> AnyResponse:
    """Hold no more units."""
    service.pause(promo_id=promo_id)
    row = promos.promo(promo_id)
    since = rules.on_the_clock(row.paused_at, row.timezone)
    return _told(promo_id, f"{row.product_name} is paused since {since}. What is held can still be bought.")


@blp.post("/<id:promo_id>/resume")
@requires(Role.OPERATOR)
def resume(promo_id: int) -> AnyResponse:
    """Go on with it."""
    service.resume(promo_id=promo_id)
    return _told(promo_id, f"{promos.promo(promo_id).product_name} goes on.")


@blp.post("/<id:promo_id>/extend")
@requires(Role.OPERATOR)
def extend(promo_id: int) -> AnyResponse:
    """Let it end later than the page showed."""
    minutes = request.form.get("minutes", "")
    if minutes not in MINUTES:
        _unclear("Choose by how many minutes it is to be longer.")
    service.extend(promo_id=promo_id, minutes=int(minutes), seen=_seen_end())
    row = promos.promo(promo_id)
    until = rules.on_the_clock(row.ends_at, row.timezone)
    return _told(promo_id, f"{row.product_name} ends {minutes} minutes later, at {until} {row.timezone}.")


@blp.post("/<id:promo_id>/units")
@requires(Role.OPERATOR)
def units(promo_id: int) -> AnyResponse:
    """Give it more units, or fewer, than the page showed."""
    way, seen = request.form.get("way", ""), filters.number(request.form.get("quantity", ""))
    number = filters.number(request.form.get("units", "").strip())
    if number is None or not 0 < number <= MOST_UNITS or way not in {"add", "take"} or seen is None:
        _unclear("Write how many units, as a whole number.")
    more = number if way == "add" else -number
    quantity = service.change_units(promo_id=promo_id, more=more, seen=seen)
    return _told(promo_id, f"{promos.promo(promo_id).product_name} has {quantity:,} units in all.")


@blp.post("/<id:promo_id>/release")
@requires(Role.OPERATOR)
def release(promo_id: int) -> AnyResponse:
    """Give back a unit that somebody holds."""
    service.release(promo_id=promo_id, hold_id=_hold())
    return _told(promo_id, "The unit is released: the next customer can have it.")


@blp.post("/<id:promo_id>/end")
@requires(Role.OPERATOR)
def end(promo_id: int) -> AnyResponse:
    """End it for good, for somebody who typed its name."""
    row = service.end(promo_id=promo_id, typed=request.form.get("name", ""))
    return _told(promo_id, f"{row.product_name} is ended.")


def _told(promo_id: int, sentence: str) -> AnyResponse:
    """Say so in the page that asked, or in the next one where there is no script."""
    if not request.headers.get("HX-Request"):
        flash(sentence, "ok")
        return htmx.go(url_for("console.room.show", promo_id=promo_id))
    answer = make_response(render_template("fragments/toast.html", kind="ok", text=sentence))
    answer.headers["HX-Trigger"] = "zoneschanged"
    return answer


def _seen_end() -> datetime:
    try:
        seen = datetime.fromisoformat(request.form.get("ends_at", ""))
    except ValueError:
        _unclear("The page did not say which end it showed. Reload it.")
    return seen if seen.tzinfo else _unclear("The page did not say which end it showed. Reload it.")


def _hold() -> UUID:
    try:
        return UUID(request.form.get("hold", ""))
    except ValueError:
        _unclear("Choose whose unit is to be released.")


def _unclear(reason: str) -> NoReturn:
    raise BadRequest(reason=reason)
