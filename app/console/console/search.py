"""One search over everything: pages, actions, and whatever the domains say can be found.

`/console/search?q=` is a page of links; the palette asks the same address by htmx and gets the same groups as options.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Response, make_response, render_template, request

from app.console.console.home import blp
from app.core import db, htmx
from app.core.access import requires
from app.core.filters import LONGEST
from app.core.panels import PANELS, Action, Finder, Hit, NavItem, permitted_actions, visible_navigation
from app.core.roles import Role
from app.core.words import WORD

UNREAD = Hit("This could not be read", "The database did not answer in time. Try again.", "")


@dataclass(frozen=True)
class Group:
    """Hits of one kind under its name."""

    label: str
    icon: str
    hits: Sequence[Hit]


@blp.get("/search")
@requires(Role.VIEWER)
def search() -> Response:
    """What there is for a text; without one, every page and action."""
    text = " ".join(request.args.get("q", "").replace("\0", "").split())[:LONGEST]
    template = "console/options.html" if htmx.wants_fragment() else "console/search.html"
    return make_response(render_template(template, q=text, groups=[*_places(text), *_objects(text)]))


def _places(text: str) -> Iterator[Group]:
    found: list[tuple[str, str, Sequence[NavItem] | Sequence[Action]]] = [
        ("Pages", "arrow", visible_navigation()),
        ("Actions", "plus", permitted_actions()),
    ]
    for label, icon, places in found:
        if hits := [Hit(place.label, "", place.url) for place in _called(places, text)]:
            yield Group(label, icon, hits)


def _called(places: Sequence[NavItem] | Sequence[Action], text: str) -> Iterator[NavItem | Action]:
    """The places of which a word begins with each that was typed."""
    typed = WORD.findall(text.lower())
    if text and not typed:
        return
    for place in places:
        words = WORD.findall(place.label.lower())
        if all(any(word.startswith(each) for word in words) for each in typed):
            yield place


def _objects(text: str) -> Iterator[Group]:
    finders = sorted(PANELS.finders.values(), key=lambda finder: finder.place) if text else ()
    for finder in finders:
        if hits := _asked(finder, text):
            yield Group(finder.label, finder.icon, hits)


def _asked(finder: Finder, text: str) -> Sequence[Hit]:
    return db.answered(lambda: finder.find(text), [UNREAD])
