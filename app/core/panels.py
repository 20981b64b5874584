"""What domains hang up in the console: navigation, figures, attention items, what its search finds.

Pages compose by this, not by import.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from flask import request, url_for

from app.core import db
from app.core.context import principal
from app.core.roles import Role


@dataclass(frozen=True)
class NavItem:
    """A place in the sidebar."""

    label: str
    endpoint: str
    icon: str
    key: str
    place: int
    group: str = ""
    needs: Role = Role.VIEWER

    @property
    def url(self) -> str:
        """Its address."""
        return url_for(self.endpoint)

    @property
    def active(self) -> bool:
        """Whether the page shown belongs to it."""
        return bool(request.endpoint) and request.blueprint == self.endpoint.rpartition(".")[0]


@dataclass(frozen=True)
class Count:
    """A figure on the home page, where it leads, and perhaps what it is beside."""

    label: str
    value: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Step:
    """A step of setting up, and whether it is done; the one with the lowest place comes first."""

    label: str
    done: bool
    url: str
    place: int = 0


@dataclass(frozen=True)
class Attention:
    """Something an operator should look at, with one action."""

    title: str
    detail: str
    url: str
    action: str
    severity: str = "warning"


@dataclass(frozen=True)
class Sale:
    """Something that sells now or next: its state, its units as (label, units, kind), and the moment that counts."""

    label: str
    detail: str
    url: str
    state: tuple[str, str]
    units: Sequence[tuple[str, int, str]]
    until: datetime
    verb: str
    server_time: datetime
    row: Any


@dataclass(frozen=True)
class Hit:
    """Something that the console's search found, and where it is."""

    label: str
    detail: str
    url: str


@dataclass(frozen=True)
class Finder:
    """One kind of object that the console's search finds: a few for a text, along an index or from a small table."""

    label: str
    icon: str
    place: int
    find: Callable[[str], Sequence[Hit]]


@dataclass(frozen=True)
class Action:
    """Something that the console's search offers to do, at its address."""

    label: str
    endpoint: str
    icon: str = "plus"
    needs: Role = Role.OPERATOR

    @property
    def url(self) -> str:
        """Its address."""
        return url_for(self.endpoint)


@dataclass(frozen=True)
class Part:
    """What another domain adds to the page of an object: a section fetched from its address, or a link to it."""

    title: str
    url: Callable[[Any], str]


@dataclass(frozen=True)
class Tab:
    """One of several lists of the same matter, each of a domain of its own."""

    label: str
    endpoint: str

    @property
    def url(self) -> str:
        """Its address."""
        return url_for(self.endpoint)

    @property
    def active(self) -> bool:
        """Whether it is the list that is shown."""
        return request.endpoint == self.endpoint


@dataclass
class Panels:
    """Everything that was hung up."""

    navigation: dict[str, NavItem] = field(default_factory=dict)
    counts: dict[str, Callable[[], Count]] = field(default_factory=dict)
    today: dict[str, Callable[[], Count]] = field(default_factory=dict)
    steps: dict[str, Callable[[], Step]] = field(default_factory=dict)
    attention: dict[str, Callable[[], list[Attention]]] = field(default_factory=dict)
    parts_of_customer: dict[str, Part] = field(default_factory=dict)
    parts_of_promo: dict[str, Part] = field(default_factory=dict)
    links_of_promo: dict[str, Part] = field(default_factory=dict)
    sales: dict[str, Callable[[], list[Sale]]] = field(default_factory=dict)
    rooms: dict[str, Part] = field(default_factory=dict)
    reservations: dict[str, Tab] = field(default_factory=dict)
    finders: dict[str, Finder] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)


PANELS = Panels()
Said = TypeVar("Said")


def said(asked: Mapping[str, Callable[[], Said]], unread: Callable[[str], Said]) -> list[Said]:
    """What each panel says; for one that cannot be read, what stands in its place."""
    return [db.answered(ask, unread(name.capitalize())) for name, ask in asked.items()]


def visible_navigation() -> list[NavItem]:
    """The places that the caller may visit, in their order."""
    who = principal()
    places = sorted(PANELS.navigation.values(), key=lambda item: item.place)
    return [item for item in places if who and who.can(item.needs)]


def permitted_actions() -> list[Action]:
    """What the caller may do."""
    who = principal()
    return [action for action in PANELS.actions.values() if who and who.can(action.needs)]
