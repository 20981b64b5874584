"""Signing in to the console, and its theme."""

import string
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app.core import context, htmx
from app.core.access import anonymous, public
from app.core.context import THEMES
from app.core.edge import unit
from app.core.pages import themed
from app.core.web import settings_of
from app.identity.errors import LoginLocked, LoginRefused
from app.identity.principals import COOKIE, remembered
from app.identity.service import login as logins
from app.identity.service import preferences, sessions

blp = Blueprint("identity_console", __name__, url_prefix="/console")

HOME = "/console/"


@blp.get("/login")
@public
def login() -> str | Response:
    """The login page; somebody who is signed in goes on."""
    if context.principal():
        return redirect(_safe(request.args.get("next")), 303)
    return render_template("identity/login.html", form={"username": ""}, errors={}, next=request.args.get("next", ""))


@blp.post("/login")
@anonymous
@unit("own")
def login_post() -> Response:
    """Sign in, with a new session in place of whatever the browser had."""
    name, password = (request.form.get(field, "").replace("\0", "")[:254] for field in ("username", "password"))
    who = {"username": name.strip(), "password": password, "address": request.remote_addr or ""}
    try:
        made = logins.sign_in(**who, kind="console", settings=settings_of(current_app))
    except (LoginRefused, LoginLocked) as refusal:
        values = {"form": {"username": name}, "errors": {"": refusal.text()}, "next": request.form.get("next", "")}
        return htmx.render("identity/login.html", "form", status=422, **values)
    session.clear()
    return remembered(htmx.go(_safe(request.form.get("next"))), made.token)


@blp.post("/logout")
@public
def logout() -> Response:
    """Sign out; signing out twice is no fault."""
    who = context.principal()
    if who is not None:
        sessions.sign_out(who)
    session.clear()
    response = htmx.go(url_for("identity_console.login"))
    response.delete_cookie(COOKIE, path="/console")
    return response


@blp.post("/theme")
@public
def set_theme() -> Response:
    """Remember light, dark or the system's choice: in this browser, and of whoever is signed in."""
    theme, who = request.form.get("theme", ""), context.principal()
    response = htmx.go(_safe(request.form.get("next")))
    if theme not in THEMES:
        return response
    if who is not None:
        preferences.change(user_id=who.user_id, theme=theme)
    return themed(response, theme)


def _safe(address: str | None) -> str:
    """Only a path of the console, ready for a header; anything else leads to its home."""
    try:
        parts = urlsplit((address or "").replace("\\", "/"))
    except ValueError:
        return HOME
    inside = f"{parts.path}/".startswith(HOME) and ".." not in unquote(parts.path).split("/")
    return quote(urlunsplit(("", "", parts.path, parts.query, "")), safe=string.punctuation) if inside else HOME
