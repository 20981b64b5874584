"""Home: what needs somebody, what there is, what is left to set up."""

from flask import Blueprint, Response

from app.core import htmx
from app.core.access import requires
from app.core.panels import PANELS, NavItem
from app.core.roles import Role

blp = Blueprint("console", __name__, url_prefix="/console")

PANELS.navigation["home"] = NavItem("Home", "console.home", "home", "h", 0)
MOST_ATTENTION = 7
URGENCY = ("critical", "error", "warning")


@blp.get("/")
@requires(Role.VIEWER)
def home() -> Response:
    """The home page."""
    items = [item for ask in PANELS.attention.values() for item in ask()]
    ranked = sorted(items, key=lambda item: URGENCY.index(item.severity))[:MOST_ATTENTION]
    counts = [ask() for ask in PANELS.counts.values()]
    steps = [ask() for ask in PANELS.steps.values()]
    return htmx.render("console/home.html", "home", attention=ranked, counts=counts, checklist=steps)
