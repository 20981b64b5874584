"""Home: what needs somebody, what there is, what is left to set up."""

from typing import Any

from flask import Blueprint, Response, url_for

from app.core import htmx
from app.core.access import requires
from app.core.panels import PANELS, Attention, Count, NavItem, Step, said
from app.core.roles import Role

blp = Blueprint("console", __name__, url_prefix="/console")

PANELS.navigation["home"] = NavItem("Home", "console.home", "home", "h", 0)
MOST_ATTENTION = 7
URGENCY = ("critical", "error", "warning", "info")
UNREAD = "could not be read"


@blp.get("/")
@requires(Role.VIEWER)
def home() -> Response:
    """The home page; a panel that the database does not answer says so in its place."""
    here = url_for("console.home")
    items = [item for items in said(PANELS.attention, _unread) for item in items]
    ranked = sorted(items, key=lambda item: URGENCY.index(item.severity))[:MOST_ATTENTION]
    counts = said(PANELS.counts, lambda name: Count(name, UNREAD, here))
    today = said(PANELS.today, lambda name: Count(name, UNREAD, here))
    steps = said(PANELS.steps, lambda name: Step(f"{name} {UNREAD}", done=False, url=here))
    sales = [sale for sales in said(PANELS.sales, lambda _: []) for sale in sales]
    facts: dict[str, Any] = {"attention": ranked, "sales": sales, "rooms": PANELS.rooms.values(), "today": today}
    steps.sort(key=lambda step: step.place)
    return htmx.render("console/home.html", "home", counts=counts, checklist=steps, **facts)


def _unread(name: str) -> list[Attention]:
    detail = "The database did not answer in time; the rest of this page is as it is now."
    return [Attention(f"{name} {UNREAD}", detail, url_for("console.home"), "Try again", "error")]
