"""The sale room as tests look at it."""

from typing import Any

from app.console.console.presentation import Words
from app.console.queries import room as queries
from app.core import db
from app.core.web import HoldfastApp
from tests.callers import Caller

HTMX = {"HX-Request": "true"}


def seen(app: HoldfastApp, promo_id: int) -> Words:
    """The room as it is now, whatever was kept."""
    queries.forget()
    with app.test_request_context(), db.statement():
        return Words(queries.room(promo_id))


def at(made: dict[str, Any], verb: str = "") -> str:
    """The address of a room, or of what is done in it."""
    return f"/console/live/{made['id']}{verb}"


def fresh(caller: Caller, made: dict[str, Any]) -> dict[str, str]:
    """The zones that somebody is sent now."""
    queries.forget()
    answer: Any = caller.client.get(f"/console/live/zones/promo/{made['id']}").json
    zones: dict[str, str] = answer["zones"]
    return zones


def figures(words: Words) -> dict[str, Any]:
    """What each figure says."""
    return {label: value for label, value, _ in words.figures}
