"""`/auth/register` and `/auth/profile`."""

from typing import Any

from flask import Response, current_app, request

from app.core import jsons
from app.core.access import anonymous, caller, signed_in
from app.core.api import json_response
from app.core.edge import unit
from app.core.errors import Busy, NotAuthenticated, Stale, ValidationFailed
from app.core.etags import expected_versions, tagged
from app.core.schemas import ObjectQuery
from app.core.sparse import shown
from app.core.web import settings_of
from app.identity import queries
from app.identity.errors import EmailTaken, LoginLocked, PasswordWrong, TooManyAttempts, UsernameTaken
from app.identity.models import User
from app.identity.routes.sessions import blp
from app.identity.schemas import ProfileOut, ProfilePatch, RegisterIn
from app.identity.service import accounts


@blp.route("/register", methods=["POST"])
@blp.arguments(RegisterIn, example={"username": "ada", "email": "ada@shop.example", "password": "a long enough one"})
@blp.response(201, ProfileOut)
@blp.refuses(UsernameTaken, EmailTaken, TooManyAttempts, ValidationFailed, Busy)
@anonymous
@unit("own")
def register(body: dict[str, Any]) -> Response:
    """Register as a customer; a mail with a link verifies the address."""
    user = accounts.register(**body, address=request.remote_addr or "", settings=settings_of(current_app))
    return _profile(user, status=201)


@blp.route("/profile")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, ProfileOut)
@blp.refuses(NotAuthenticated, ValidationFailed)
@signed_in
def get_profile(query: dict[str, Any]) -> Response:
    """Show your profile."""
    return _profile(queries.account(caller().user_id), fields=query["fields_"])


@blp.route("/profile", methods=["PATCH"])
@blp.arguments(ProfilePatch, example={"first_name": "Ada", "last_name": "Lovelace"})
@blp.response(200, ProfileOut)
@blp.refuses(NotAuthenticated, PasswordWrong, LoginLocked, EmailTaken, TooManyAttempts, Stale, ValidationFailed, Busy)
@signed_in
@unit("own")
def update_profile(body: dict[str, Any]) -> Response:
    """Change your profile; another address needs your current password."""
    user = accounts.change_profile(
        who=caller(),
        current_password=body.pop("current_password", None),
        changes=body,
        expected=expected_versions(),
        address=request.remote_addr or "",
        settings=settings_of(current_app),
    )
    return _profile(user)


def _profile(user: User, *, fields: str | None = None, status: int = 200) -> Response:
    return tagged(json_response(jsons.dump(shown(ProfileOut, fields).dump(user)), status), user.version)
