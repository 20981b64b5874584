"""What each role may do, as the routes themselves declare it."""

from flask import Blueprint, Response, current_app

from app.core import htmx
from app.core.access import requires
from app.core.declared import declared
from app.core.panels import PANELS, NavItem
from app.core.roles import STAFF, Role

blp = Blueprint("roles", __name__, url_prefix="/settings/roles")

PANELS.navigation["roles"] = NavItem("Roles", "identity_console.roles.index", "shield", "w", 112, group="Settings")
SEES = {
    Role.VIEWER: "Reads what operators read and changes nothing.",
    Role.OPERATOR: "Runs the shop: everything a viewer may, and every change but those of users.",
    Role.ADMIN: "Everything an operator may, users, and rq-dashboard.",
    Role.CUSTOMER: "Buys; sees own things only, and no page of the console.",
}


@blp.get("")
@requires(Role.VIEWER)
def index() -> Response:
    """What each role may do."""
    groups = {
        "Console": [route for route in declared(current_app, "/console") if route.access.kind != "public"],
        "API": [route for route in declared(current_app, "/api/v1") if route.access.kind != "public"],
    }
    return htmx.render("settings/roles.html", "content", groups=groups, roles=[*STAFF, Role.CUSTOMER], sees=SEES)
