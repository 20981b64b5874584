"""What every template may use."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Flask, current_app, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.core import clock, context, panels, replica
from app.core.context import THEMES, Preferences
from app.core.diffs import differences
from app.core.live.origins import live_address
from app.core.money import show
from app.core.web import settings_of

Answer = TypeVar("Answer", bound=Response)

THEME_COOKIE = "holdfast_theme"


def init_app(app: Flask) -> None:
    """Enter globals and filters."""
    app.jinja_env.globals.update(
        principal=context.principal,
        navigation=panels.visible_navigation,
        panels=panels.PANELS,
        differences=differences,
        preferred=_preferred,
        static_url=_static_url,
        late=replica.late,
        live_origin=lambda: live_address(settings_of(current_app).live_url),
        settings=lambda: settings_of(current_app),
    )
    app.jinja_env.filters.update(
        when=when,
        clocks=clocks,
        lasting=clock.lasting,
        money=lambda amount: show(amount, settings_of(current_app).currency),
    )
    app.jinja_env.globals["ui"] = Macros(app)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


class Macros:
    """The console's macros by name, also inside a fragment, where a template's imports are not seen."""

    def __init__(self, app: Flask) -> None:
        """Keep the application whose templates hold them."""
        self._app = app

    def __getattr__(self, name: str) -> Any:
        """A macro."""
        return getattr(self._app.jinja_env.get_template("ui/index.html").module, name)


def when(moment: datetime, zone: str | None = None) -> Markup:
    """A moment in the business zone or the one given, with UTC and the reader's own zone in the title."""
    local = _at(moment, zone)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        clock.rfc3339(moment), clocks(moment, zone), f"{local:%d %b %Y, %H:%M}"
    )


def clocks(moment: datetime, zone: str | None = None) -> str:
    """A moment by every clock that matters: UTC, the zone by which it is shown, the reader's own."""
    local, utc = _at(moment, zone), clock.rfc3339(moment)
    shown = [f"{utc[:19].replace('T', ' ')} UTC", f"{local:%d %b %Y, %H:%M} {local.tzname()}"]
    return " · ".join([*shown, *_for_the_reader(moment)])


def _at(moment: datetime, zone: str | None) -> datetime:
    return moment.astimezone(ZoneInfo(zone or settings_of(current_app).business_zone))


def _for_the_reader(moment: datetime) -> Iterator[str]:
    who = context.principal()
    if who is not None and who.preferences.zone:
        yield f"{moment.astimezone(ZoneInfo(who.preferences.zone)):%d %b %Y, %H:%M} {who.preferences.zone}"


def themed(response: Answer, theme: str) -> Answer:
    """The answer, after which this browser has the theme also before a login."""
    secure = settings_of(current_app).cookies_over_https_only
    response.set_cookie(THEME_COOKIE, theme, max_age=31_536_000, httponly=True, samesite="Lax", secure=secure)
    return response


def _preferred() -> Preferences:
    """What the caller prefers; of somebody unknown, the theme that this browser had last."""
    who = context.principal()
    if who is not None:
        return who.preferences
    chosen = request.cookies.get(THEME_COOKIE, "")
    return Preferences(theme=chosen) if chosen in THEMES else Preferences()


def _static_url(path: str) -> str:
    return url_for("static", filename=path, v=_digest(Path(current_app.static_folder or "") / path))


@lru_cache(maxsize=256)
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
