"""The list of users, one user, and what takes no form: letting in, keeping out, signing out."""

from flask import Blueprint, Response, current_app, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.audit import queries as audit_queries
from app.core import htmx
from app.core.access import requires
from app.core.pagination import capped
from app.core.panels import PANELS, Action, NavItem
from app.core.roles import Role
from app.core.web import settings_of
from app.identity import queries
from app.identity.queries import UserFilter
from app.identity.schemas.users import ROLES
from app.identity.service import login, sessions
from app.identity.service import users as service

blp = Blueprint("users", __name__, url_prefix="/settings/users")

PANELS.actions["users.new"] = Action("New user", "identity_console.users.new", needs=Role.ADMIN)
PANELS.navigation["users"] = NavItem(
    "Users", "identity_console.users.index", "users", "u", 110, group="Settings", needs=Role.ADMIN
)
PAGE_SIZE = 25


@blp.get("")
@requires(Role.ADMIN)
def index() -> Response:
    """The list of users."""
    which, filters = _asked()
    page = queries.page(which, ordering=filters["ordering"], limit=PAGE_SIZE, cursor=request.args.get("cursor") or None)
    total = capped(queries.count(which))
    return htmx.render("users/index.html", "list", page=htmx.listed(page), filters=filters, total=total, roles=ROLES)


@blp.get("/<id:user_id>")
@requires(Role.ADMIN)
def detail(user_id: int) -> Response:
    """One user, where they are signed in, and their history."""
    facts = {
        "user": queries.user(user_id),
        "live": queries.live_count(user_id),
        "locked": login.is_locked(user_id, settings_of(current_app)),
        "history": audit_queries.of_object("user", user_id),
    }
    return htmx.render("users/detail.html", "content", **facts)


@blp.post("/<id:user_id>/activate")
@requires(Role.ADMIN)
def activate(user_id: int) -> AnyResponse:
    """Let the user in again."""
    user = service.update_user(user_id=user_id, changes={"is_active": True})
    return _told(user_id, f"{user.username} can sign in again.")


@blp.post("/<id:user_id>/deactivate")
@requires(Role.ADMIN)
def deactivate(user_id: int) -> AnyResponse:
    """Keep the user out, at once and everywhere."""
    user = service.update_user(user_id=user_id, changes={"is_active": False})
    return _told(user_id, f"{user.username} is inactive and signed out everywhere.")


@blp.post("/<id:user_id>/unlock")
@requires(Role.ADMIN)
def unlock(user_id: int) -> AnyResponse:
    """Let the user try again who mistyped the password too often."""
    user = queries.user(user_id)
    login.unlock(user=user)
    return _told(user_id, f"{user.username} can try again.")


@blp.post("/<id:user_id>/sign-out")
@requires(Role.ADMIN)
def sign_out(user_id: int) -> AnyResponse:
    """End every session of the user."""
    user = queries.user(user_id)
    sessions.end_all(user_id)
    return _told(user_id, f"{user.username} is signed out everywhere.")


def _told(user_id: int, sentence: str) -> AnyResponse:
    flash(sentence, "ok")
    return htmx.go(url_for("identity_console.users.detail", user_id=user_id))


def _asked() -> tuple[UserFilter, dict[str, str]]:
    asked = {name: request.args.get(name, "") for name in ("q", "role", "is_active", "ordering")}
    filters = {"q": asked["q"].replace("\0", "")[:100]}
    filters |= {"role": asked["role"]} if asked["role"] in ROLES else {"role": ""}
    filters |= {"is_active": asked["is_active"]} if asked["is_active"] in {"true", "false"} else {"is_active": ""}
    filters |= {"ordering": asked["ordering"]} if asked["ordering"] in queries.ORDERINGS else {"ordering": "newest"}
    active = {"true": True, "false": False}.get(filters["is_active"])
    return UserFilter(q=filters["q"].strip(), role=filters["role"], is_active=active), filters
