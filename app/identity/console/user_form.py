"""Making a user and changing one, by a form."""

from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import requires
from app.core.errors import AppError, Stale
from app.core.roles import Role
from app.identity import queries
from app.identity.console.users import blp
from app.identity.errors import EmailTaken, LastAdmin, UsernameTaken
from app.identity.models import User
from app.identity.schemas.users import UserForm, UserIn
from app.identity.service import users as service

EMPTY = {"username": "", "email": "", "role": "", "first_name": "", "last_name": ""}
FIELDS = ("email", "first_name", "last_name", "role")
AT: dict[type[AppError], str] = {UsernameTaken: "username", EmailTaken: "email", LastAdmin: "role"}


@blp.get("/new")
@requires(Role.ADMIN)
def new() -> Response:
    """An empty form."""
    return _form(None, EMPTY, {})


@blp.post("")
@requires(Role.ADMIN)
def create() -> AnyResponse:
    """Make the user of the form."""
    form = forms.read(UserIn, request.form)
    user, errors = (None, form.errors) if form.errors else _made(form.values)
    if user is None:
        return _form(None, form.typed, errors, status=422)
    flash(f"{user.username} can sign in.", "ok")
    return htmx.go(url_for("identity_console.users.detail", user_id=user.id))


@blp.get("/<id:user_id>/edit")
@requires(Role.ADMIN)
def edit(user_id: int) -> Response:
    """The form with what the user is now."""
    user = queries.user(user_id)
    return _form(user, forms.typed(user, (*FIELDS, "version")), {})


@blp.post("/<id:user_id>")
@requires(Role.ADMIN)
def update(user_id: int) -> AnyResponse:
    """Change the user, unless somebody else did meanwhile."""
    form = forms.read(UserForm, request.form)
    change: dict[str, Any] = {"user_id": user_id, "changes": form.values, "expected": {forms.version(request.form)}}
    try:
        user, errors = (None, form.errors) if form.errors else _changed(change)
    except Stale:
        return _stale_form(user_id, form.typed)
    if user is None:
        typed = form.typed | {"version": request.form.get("version", "")}
        return _form(queries.user(user_id), typed, errors, status=422)
    flash("Changes saved.", "ok")
    return htmx.go(url_for("identity_console.users.detail", user_id=user_id))


def _made(facts: dict[str, Any]) -> tuple[User | None, dict[str, str]]:
    return forms.tried(lambda: service.create_user(**facts), AT)


def _changed(change: dict[str, Any]) -> tuple[User | None, dict[str, str]]:
    return forms.tried(lambda: service.update_user(**change), AT)


def _form(
    user: Any, form: dict[str, str], errors: dict[str, str], *, stale: dict[str, Any] | None = None, status: int = 200
) -> Response:
    values = {"user": user, "form": form, "errors": errors, "stale": stale}
    live = queries.live_count(user.id) if user else 0
    return htmx.render("users/form.html", "form", status=status, live=live, **values)


def _stale_form(user_id: int, typed: dict[str, str]) -> Response:
    user = queries.user(user_id)
    stale = forms.differences(typed, forms.typed(user, FIELDS))
    return _form(user, typed | {"version": str(user.version)}, {}, stale=stale, status=409)
