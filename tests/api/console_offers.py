"""Offers and activations in the console: four activations to look at, one of each kind."""

from typing import Any

from app.core.web import HoldfastApp
from tests.api.made_offers import asked, offer, partner, steps
from tests.api.made_wallet import rich
from tests.api.worked import work_off
from tests.callers import Caller

OFFERS_PAGE, PAGE = "/console/offers", "/console/activations"


def at(transaction_id: str) -> str:
    """The page of an activation."""
    return f"{PAGE}/{transaction_id}"


def stuck(app: HoldfastApp, caller: Caller, offer_id: int) -> str:
    """An activation about which the partner says nothing definite."""
    with partner(app, "unknown", activation_patience_seconds=0):
        made = asked(caller, offer_id, repeat=True)
        steps(app)
    return made


def four_activations(app: HoldfastApp, staff: Caller, anna: Caller, bert: Caller) -> dict[str, Any]:
    """One that succeeded, one of bert that was refused, one that is stuck, and the newest, which nobody sent yet."""
    premium, music = offer(staff)["id"], offer(staff, name="Music", price="5", duration_days=1)["id"]
    for customer in (anna, bert):
        rich(staff, customer)
    made: dict[str, Any] = {}
    for name, customer, offer_id, word in (("done", anna, premium, "succeeded"), ("failed", bert, music, "refused")):
        with partner(app, word):
            made[name] = asked(customer, offer_id)
            work_off(app)
    made["stuck"] = stuck(app, anna, music)
    with partner(app, "succeeded"):
        made["new"] = asked(bert, premium)
    return made | {"premium": premium, "music": music}
