"""The routes of the application, as tests walk them: a new route is walked without being named anywhere."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from marshmallow import Schema
from werkzeug.routing import Rule

from app.core import settings
from app.core.access import Access
from app.core.roles import Role
from app.core.web import HoldfastApp
from app.factory import create_app

NO_UUID = "018f0000-0000-7000-8000-000000000000"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PARAMETER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    method: str
    rule: Rule
    view: Any

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"

    @property
    def access(self) -> Access:
        """Who may call it."""
        access: Access = self.view.access
        return access

    @property
    def role(self) -> Role:
        """A role that may call it."""
        return self.access.role or Role.ADMIN

    @cached_property
    def body(self) -> Schema | None:
        """What it takes as JSON."""
        return self._taken("json")

    @cached_property
    def query(self) -> Schema | None:
        """What it takes in the query string."""
        return self._taken("query")

    @property
    def example(self) -> Any:
        """The documented body."""
        return next(taken["example"] for taken in self._arguments() if taken["in"] == "json")

    @property
    def ids(self) -> list[str]:
        """The names of its numeric path parameters."""
        return [name for kind, name in PARAMETER.findall(self.rule.rule) if kind == "id"]

    def path(self, value: object = 1) -> str:
        """Its address with this value for every parameter; one that takes a UUID gets a UUID."""
        return PARAMETER.sub(lambda part: NO_UUID if part[1] == "uuid" else str(value), self.rule.rule)

    def _taken(self, place: str) -> Schema | None:
        found = [taken["schema"] for taken in self._arguments() if taken["in"] == place]
        return (found[0]() if isinstance(found[0], type) else found[0]) if found else None

    def _arguments(self) -> list[dict[str, Any]]:
        arguments: list[dict[str, Any]] = getattr(self.view, "_apidoc", {}).get("arguments", {}).get("parameters", [])
        return arguments


@cache
def walked() -> HoldfastApp:
    """An application without a database: only its routes are looked at."""
    return create_app(settings.load({"HOLDFAST_ENV": "test", "LOG_LEVEL": "error"}))


@cache
def routes() -> tuple[Route, ...]:
    """Every route, in an order that does not change."""
    app = walked()
    found = (
        Route(method, rule, app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        for method in METHODS
        if method in (rule.methods or ()) and rule.endpoint != "static"
    )
    return tuple(sorted(found, key=str))


def api_routes() -> list[Route]:
    """The routes of the API."""
    return [route for route in routes() if route.rule.rule.startswith("/api/v1")]
