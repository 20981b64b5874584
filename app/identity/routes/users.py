"""`/users`: everybody who can sign in, for admins. Nobody is deleted here: a user who should go is deactivated."""

from typing import Any

from flask import Response, url_for

from app.core import jsons
from app.core.access import requires
from app.core.api import Blueprint, json_response, linked, page_body, page_schema
from app.core.errors import BadCursor, Busy, Stale, ValidationFailed
from app.core.etags import expected_versions, tagged
from app.core.idempotency import idempotent
from app.core.roles import Role
from app.core.schemas import ObjectQuery
from app.core.sparse import shown
from app.identity import queries
from app.identity.errors import EmailTaken, LastAdmin, UsernameTaken, UserNotFound
from app.identity.queries import UserFilter
from app.identity.schemas.users import UserIn, UserOut, UserPatch, UserQuery
from app.identity.service import users

blp = Blueprint(
    "users",
    __name__,
    url_prefix="/api/v1/users",
    description="Everybody who can sign in. Users are deactivated, not deleted: what they did stays theirs.",
)

EXAMPLE = {"username": "anna", "email": "anna@shop.example", "role": "operator", "password": "correct horse battery"}


@blp.route("")
@blp.arguments(UserQuery, location="query")
@blp.response(200, page_schema(UserOut))
@blp.refuses(ValidationFailed, BadCursor)
@requires(Role.ADMIN)
def list_users(query: dict[str, Any]) -> Response:
    """List users."""
    which = UserFilter(q=query["q"], role=query["role"], is_active=query["is_active"])
    schema = shown(UserOut, query["fields_"])
    page = queries.page(which, ordering=query["ordering"], limit=query["limit"], cursor=query["cursor"])
    return linked(json_response(page_body(page, schema)), page.next_cursor)


@blp.route("", methods=["POST"])
@blp.arguments(UserIn, example=EXAMPLE)
@blp.response(201, UserOut)
@blp.refuses(UsernameTaken, EmailTaken, ValidationFailed, Busy)
@requires(Role.ADMIN)
@idempotent
def create_user(body: dict[str, Any]) -> Response:
    """Make a user."""
    made = users.create_user(**body)
    response = _answer(made.id, status=201)
    response.headers["Location"] = url_for("users.get_user", user_id=made.id)
    return response


@blp.route("/<id:user_id>")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, UserOut)
@blp.refuses(UserNotFound, ValidationFailed)
@requires(Role.ADMIN)
def get_user(query: dict[str, Any], user_id: int) -> Response:
    """Show a user."""
    return _answer(user_id, fields=query["fields_"])


@blp.route("/<id:user_id>", methods=["PATCH"])
@blp.arguments(UserPatch, example={"role": "viewer"})
@blp.response(200, UserOut)
@blp.refuses(UserNotFound, EmailTaken, LastAdmin, Stale, ValidationFailed, Busy)
@requires(Role.ADMIN)
def update_user(body: dict[str, Any], user_id: int) -> Response:
    """Change, activate or deactivate a user."""
    users.update_user(user_id=user_id, changes=body, expected=expected_versions())
    return _answer(user_id)


def _answer(user_id: int, *, fields: str | None = None, status: int = 200) -> Response:
    schema = shown(UserOut, fields)
    user = queries.user(user_id)
    return tagged(json_response(jsons.dump(schema.dump(user)), status), user.version)
