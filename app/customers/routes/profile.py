"""`/auth/profile`."""

from typing import Any

from flask import Response, current_app, request

from app.core import db, jsons
from app.core.access import caller, signed_in
from app.core.api import Blueprint, json_response
from app.core.edge import unit
from app.core.errors import Busy, NotAuthenticated, Stale, ValidationFailed
from app.core.etags import expected_versions, tag
from app.core.schemas import ObjectQuery
from app.core.sparse import shown
from app.core.web import settings_of
from app.customers.errors import NotACustomer
from app.customers.queries import customers as queries
from app.customers.schemas import ProfileOut, ProfilePatch
from app.customers.service import profiles
from app.identity.errors import EmailTaken, LoginLocked, PasswordWrong, TooManyAttempts

blp = Blueprint(
    "profile", __name__, url_prefix="/api/v1/auth/profile", description="What everybody tells of themselves."
)

REFUSED = (
    NotAuthenticated,
    PasswordWrong,
    LoginLocked,
    EmailTaken,
    TooManyAttempts,
    NotACustomer,
    Stale,
    ValidationFailed,
    Busy,
)
EXAMPLE = {"first_name": "Ada", "last_name": "Lovelace"}


@blp.route("")
@blp.arguments(ObjectQuery, location="query")
@blp.response(200, ProfileOut)
@blp.refuses(NotAuthenticated, ValidationFailed)
@signed_in
def get_profile(query: dict[str, Any]) -> Response:
    """Show your profile."""
    return _answer(query["fields_"])


@blp.route("", methods=["PATCH"])
@blp.arguments(ProfilePatch, example=EXAMPLE)
@blp.response(200, ProfileOut)
@blp.refuses(*REFUSED)
@signed_in
@unit("own")
def update_profile(body: dict[str, Any]) -> Response:
    """Change your profile; another address needs your current password."""
    profiles.change_profile(
        who=caller(),
        current_password=body.pop("current_password", None),
        changes=body,
        expected=expected_versions(),
        address=request.remote_addr or "",
        settings=settings_of(current_app),
    )
    with db.statement():
        return _answer(None)


def _answer(fields: str | None) -> Response:
    row = queries.profile(caller().user_id)
    response = json_response(jsons.dump(shown(ProfileOut, fields).dump(row)))
    response.headers["ETag"] = tag(row.version)  # the balance moves without it: nobody is told that nothing changed
    return response
