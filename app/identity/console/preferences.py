"""What everybody sets for themselves: zone, theme, shortcuts, the password; and where they are signed in."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import caller, signed_in
from app.core.edge import unit
from app.core.errors import ValidationFailed
from app.core.pages import themed
from app.core.panels import PANELS, NavItem
from app.core.schemas import ZONES
from app.core.web import settings_of
from app.identity import queries
from app.identity.errors import LoginLocked, PasswordWrong
from app.identity.models import Session
from app.identity.schemas import PasswordForm
from app.identity.schemas.preferences import PreferencesIn
from app.identity.service import credentials, preferences, sessions

blp = Blueprint("preferences", __name__, url_prefix="/settings/preferences")

PANELS.navigation["preferences"] = NavItem(
    "Preferences", "identity_console.preferences.index", "gear", ",", 114, group="Settings"
)


@blp.get("")
@signed_in
def index() -> Response:
    """Your preferences, your password and your sessions."""
    return _page("content")


@blp.post("")
@signed_in
def save() -> AnyResponse:
    """Keep your preferences."""
    form = forms.read(PreferencesIn, request.form)
    if form.errors:
        return _page("form", form=form.typed, errors=form.errors)
    preferences.change(user_id=caller().user_id, **form.values)
    return themed(_told("Preferences saved."), form.values["theme"])


@blp.post("/shortcuts")
@signed_in
def set_shortcuts() -> AnyResponse:
    """Switch single keys on or off."""
    preferences.change(user_id=caller().user_id, shortcuts="shortcuts" in request.form)
    return htmx.go(_home())


@blp.post("/password")
@signed_in
@unit("own")
def change_password() -> AnyResponse:
    """Change your password; every other session of yours ends."""
    form = forms.read(PasswordForm, request.form)
    errors = form.errors or _refused({name: value for name, value in form.values.items() if name != "again"})
    if errors:
        return _page("password", password_errors=errors)
    return _told("Your password is changed; every other session of yours is ended.")


@blp.post("/end-session")
@signed_in
def end_session() -> AnyResponse:
    """End one of your other sessions."""
    try:
        ended = sessions.sign_out_elsewhere(caller(), Session.id == UUID(request.form.get("session", "")))
    except ValueError:
        ended = 0
    return _told("The session is ended." if ended else "The session had ended already.")


@blp.post("/end-others")
@signed_in
def end_others() -> AnyResponse:
    """End every session of yours but this one."""
    sessions.sign_out_elsewhere(caller())
    return _told("You are signed out everywhere else.")


def _refused(facts: dict[str, Any]) -> dict[str, str]:
    """What is wrong with the change of password; nothing when it is made."""
    where: dict[str, Any] = {"address": request.remote_addr or "", "settings": settings_of(current_app)}
    try:
        credentials.change_password(who=caller(), **facts, **where)
    except ValidationFailed as refusal:
        return {fault["pointer"].strip("/"): fault["detail"] for fault in refusal.figures["errors"]}
    except (PasswordWrong, LoginLocked) as refusal:
        return {"current_password": refusal.text()}
    return {}


def _page(block: str, **given: Any) -> Response:
    who = caller()
    values: dict[str, Any] = {
        "form": forms.typed(who.preferences, ("zone", "theme", "shortcuts")),
        "errors": {},
        "password_errors": {},
        "timezones": sorted(ZONES),
        "sessions": queries.live_sessions(who.user_id),
        "live": queries.live_count(who.user_id),
    }
    return htmx.render("settings/preferences.html", block, status=422 if given else 200, **values | given)


def _told(sentence: str) -> AnyResponse:
    flash(sentence, "ok")
    return htmx.go(_home())


def _home() -> str:
    return url_for("identity_console.preferences.index")
