"""Every way to ask a route wrongly, made from the route itself."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from marshmallow import RAISE

from app.core import schemas
from tests.api import wrong
from tests.api.routes import Route

JSON = "application/json"
MIB = 1024 * 1024
BAD_TEXTS = {
    "no JSON": b"{",
    "an empty body": b"",
    "two documents": b"{}{}",
    "bytes that are no text": b'{"name": "\xff"}',
    "half a character": b'{"name": "\\ud800"}',
    "a number without end": b'{"name": 1e999}',
    "33 levels": b'{"a":' * 33 + b"1" + b"}" * 33,
    "33 empty lists": b"[" * 33 + b"]" * 33,
    "300 levels": b"[" * 300 + b"]" * 300,
    "100,000 levels": b"[" * 100_000 + b"]" * 100_000,
}
OTHER_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")
NO_OBJECTS: tuple[Any, ...] = ([], [{}], 5, "x", None, True)
NO_IDS = ("0", "-1", "01", "+1", "1.0", "1e3", "x", "%00", "%20", "9223372036854775808", "9" * 30)


@dataclass(frozen=True)
class Case:
    """One wrong request, and the status that it gets."""

    route: Route
    what: str
    status: int
    path: str
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.route}: {self.what}"


def cases(route: Route) -> Iterator[Case]:
    """Everything that can be wrong with a request to this route."""
    if route.body:
        for headers in ({}, {"Idempotency-Key": "k"}):
            yield from _unreadable(route, headers)
        yield from _wrong_fields(route)
    if route.query:
        yield from _wrong_query(route)
    for text in NO_IDS if route.ids else ():
        yield Case(route, f"the id {text}", 404, route.path(text), {"json": {}})


def _unreadable(route: Route, headers: dict[str, str]) -> Iterator[Case]:
    suffix = " with a key" if headers else ""
    for what, text in BAD_TEXTS.items():
        yield _with_body(route, what + suffix, 400, text, headers)
    for kind in OTHER_TYPES:
        yield _with_body(
            route, f"the type {kind!r}{suffix}", 415, json.dumps(route.example).encode(), headers, kind=kind
        )
    yield _with_body(route, f"over 1 MiB{suffix}", 413, json.dumps({"a": "x" * MIB}).encode(), headers)
    for body in NO_OBJECTS:
        yield _with_body(route, f"{body!r} as body{suffix}", 422, json.dumps(body).encode(), headers)
    deep = b'{"a":' * 32 + b"1" + b"}" * 32
    yield _with_body(route, f"an unknown field of 32 levels{suffix}", 422, deep, headers)


def _wrong_fields(route: Route) -> Iterator[Case]:
    known = route.body.load_fields if route.body else {}
    bodies = {"an unknown field": route.example | {"surprise": 1}, "a field with NUL": route.example | {"a\0b": 1}}
    bodies = bodies if route.body and route.body.unknown == RAISE else {}
    bodies |= {f"no {name}": _without(route.example, name) for name, each in known.items() if each.required}
    for name, each in known.items():
        for value in wrong.in_body(each):
            bodies[f"{name} = {_short(value)}"] = route.example | {each.data_key or name: value}
    for what, body in bodies.items():
        yield _with_body(route, what, 422, json.dumps(body, default=str).encode(), {})


def _wrong_query(route: Route) -> Iterator[Case]:
    known = {each.data_key or name: each for name, each in (route.query.load_fields if route.query else {}).items()}
    asked = [("surprise", "1", 422), ("limit ", "1", 422)]
    asked += [(name, text, 422) for name, each in known.items() for text in wrong.in_query(each)]
    asked += [("fields", text, 422) for text in ("nope", "", ",", "id,nope", "id;id") if "fields" in known]
    asked += [("cursor", text, 400) for text in ("x", "", "WzFd.x", "é") if "cursor" in known]
    for name, text, status in asked:
        what = f"?{name}={_short(text)}"
        yield Case(route, what, status, f"{route.path()}?{quote(name)}={quote(text)}")


def _with_body(route: Route, what: str, status: int, body: bytes, headers: dict[str, str], *, kind: str = JSON) -> Case:
    options = {"data": body, "content_type": kind or None, "headers": headers}
    return Case(route, what, status, route.path(), options)


def _without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 30 else f"{text[:12]}…({len(text)})"


def is_list(route: Route) -> bool:
    """Whether the route gives out pages."""
    return bool(route.query) and isinstance(route.query, schemas.ListQuery)
