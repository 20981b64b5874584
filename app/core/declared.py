"""Every route of ours with what its view says of itself: who may call it, and what it does."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask

from app.core.access import Access
from app.core.roles import Role

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Declared:
    """One method of one address."""

    path: str
    method: str
    name: str
    does: str
    access: Access

    def lets_in(self, role: Role) -> bool:
        """Whether somebody with this role passes."""
        return self.access.lets_in(role)


def declared(app: Flask, prefix: str) -> list[Declared]:
    """Our own routes below an address, sorted by it."""
    views = ((rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules())
    found = (
        _declared(rule.rule, method, view)
        for rule, view in views
        for method in METHODS
        if method in (rule.methods or ()) and rule.rule.startswith(prefix) and view.__module__.startswith("app.")
    )
    return sorted(found, key=lambda route: (route.path, METHODS.index(route.method)))


def _declared(rule: str, method: str, view: Any) -> Declared:
    does = (view.__doc__ or "").strip().partition("\n")[0]
    return Declared(PARAMETER.sub(r"{\1}", rule), method, view.__name__, does, view.access)
