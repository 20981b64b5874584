"""`/auth/register`; `/auth/profile` is in customers, which know more of somebody."""

from typing import Any

from flask import Response, current_app, request

from app.core import jsons
from app.core.access import anonymous
from app.core.api import json_response
from app.core.edge import unit
from app.core.errors import Busy, ValidationFailed
from app.core.etags import tagged
from app.core.sparse import shown
from app.core.web import settings_of
from app.identity.errors import EmailTaken, TooManyAttempts, UsernameTaken
from app.identity.routes.sessions import blp
from app.identity.schemas import AccountOut, RegisterIn
from app.identity.service import accounts


@blp.route("/register", methods=["POST"])
@blp.arguments(RegisterIn, example={"username": "ada", "email": "ada@shop.example", "password": "a long enough one"})
@blp.response(201, AccountOut)
@blp.refuses(UsernameTaken, EmailTaken, TooManyAttempts, ValidationFailed, Busy)
@anonymous
@unit("own")
def register(body: dict[str, Any]) -> Response:
    """Register as a customer; a mail with a link verifies the address."""
    user = accounts.register(**body, address=request.remote_addr or "", settings=settings_of(current_app))
    return tagged(json_response(jsons.dump(shown(AccountOut, None).dump(user)), 201), user.version)
