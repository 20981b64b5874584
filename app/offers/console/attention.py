"""What the home page says of offers and activations."""

from collections.abc import Iterator

from flask import url_for

from app.core.pagination import capped
from app.core.panels import PANELS, Action, Attention, Count
from app.offers.queries import activations, offers
from app.offers.queries.activations import ActivationFilter
from app.offers.queries.offers import OfferFilter

OFFERS, ACTIVATIONS = "offers_console.offers.index", "offers_console.activations.index"


def hang_up() -> None:
    """Tell the home page whom to ask."""
    PANELS.actions["offers.new"] = Action("New offer", "offers_console.offers.new")
    PANELS.attention["activations"] = lambda: list(_stuck())
    PANELS.counts["offers"] = lambda: Count("Offers", capped(offers.count(OfferFilter())), url_for(OFFERS))
    PANELS.counts["activations"] = lambda: Count(
        "Activations", capped(activations.count(ActivationFilter())), url_for(ACTIVATIONS)
    )


def _stuck() -> Iterator[Attention]:
    if waiting := activations.count(ActivationFilter(stuck=True)):
        title = "1 activation is stuck" if waiting == 1 else f"{capped(waiting)} activations are stuck"
        detail = "The partner says nothing definite. Find out what it did, then settle or refund."
        yield Attention(title, detail, url_for(ACTIVATIONS, status="stuck"), "Look into it", "error")
