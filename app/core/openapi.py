"""The OpenAPI 3.1 document: made from the routes, with an operationId, the role and every refusal of each.

It is made when somebody reads it first: that would be a tenth of the start of a process, and most are never asked.
"""

import re
from threading import Lock
from typing import Any

from flask import Flask, Response
from flask_smorest import Api as SmorestApi

from app.core import jsons
from app.core.access import Access
from app.core.api import ProblemSchema
from app.core.converters import IdConverter
from app.core.errors import (
    AppError,
    BodyTooLarge,
    Busy,
    DatabaseUnavailable,
    IdempotencyInFlight,
    IdempotencyKeyInvalid,
    IdempotencyMismatch,
    MalformedBody,
    NotAuthenticated,
    NotPermitted,
    Overloaded,
    RateLimited,
    UnsupportedType,
)

VERSION = "0.1.0"
DESCRIPTION = (
    "Flash sales that never oversell. Money is a string with two decimals; times are RFC 3339 UTC. "
    "Refusals are `application/problem+json` with a stable `code`; see [all problems](/docs/problems) and "
    "[who may call what](/docs/access)."
)
PARAMETER = re.compile(r"<(?:\w+:)?")
METHODS = {"get", "post", "put", "patch", "delete"}
KEY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Send the same key again after a lost answer: the effect happens once, the answer is the first one.",
}
MATCH_PARAMETER = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string"},
    "description": "The `ETag` that was read; the change is refused with 412 when the object has moved on.",
}


class Api(SmorestApi):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest whose errors are answered elsewhere and whose document says all that the edge does."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask) -> None:
        """Nobody has read the document yet."""
        super().__init__(app)
        self._blueprints: list[Any] = []
        self._made: dict[str, Any] = {}
        self._making = Lock()

    def register_blueprint(self, blp: Any) -> None:
        """Take its routes."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._blueprints.append(blp)

    def document(self) -> dict[str, Any]:
        """What all of them say of themselves."""
        with self._making:
            if not self._made:
                self._made = self._make()
        return self._made

    def _make(self) -> dict[str, Any]:
        for blueprint in self._blueprints:
            blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
            self.spec.tag({"name": blueprint.name, "description": blueprint.description})
        if "Problem" not in self.spec.components.schemas:
            self.spec.components.schema("Problem", schema=ProblemSchema)
        document: dict[str, Any] = self.spec.to_dict()
        document["components"].pop("responses", None)
        for rule in self._app.url_map.iter_rules():
            _complete(document, rule, self._app.view_functions[rule.endpoint])
        return document

    def _register_error_handlers(self) -> None:
        """Every fault is answered in app.core.problems."""


def init_app(app: Flask, blueprints: list[Any]) -> None:
    """Register the blueprints."""
    app.config.update(
        API_TITLE="Holdfast",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {"description": DESCRIPTION, "license": {"name": "MIT"}},
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}},
        },
    )
    api = Api(app)
    api.register_converter(IdConverter, lambda _: {"type": "integer", "minimum": 1, "format": "int64"})
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    app.extensions["holdfast.openapi"] = api


def document_of(app: Flask) -> dict[str, Any]:
    """The finished document."""
    api: Api = app.extensions["holdfast.openapi"]
    return api.document()


def as_response(app: Flask) -> Response:
    """The document as JSON."""
    return Response(jsons.dump(document_of(app)), mimetype="application/json")


def _complete(document: dict[str, Any], rule: Any, view: Any) -> None:
    path = document["paths"].get(_openapi_path(rule.rule))
    for method in METHODS & {method.lower() for method in rule.methods}:
        if path and method in path:
            _complete_operation(path[method], view)


def _complete_operation(operation: dict[str, Any], view: Any) -> None:
    access: Access = view.access
    operation["operationId"] = view.__name__
    operation["x-role"] = str(access)
    if access.kind != "public":
        operation["security"] = [{"bearer": []}]
    parameters = operation.setdefault("parameters", [])
    if getattr(view, "idempotent", False):
        parameters.append(KEY_PARAMETER)
    refused = _refused_at_the_edge(view, access, operation)
    if any(error.code == "stale" for error in getattr(view, "refuses", ())):
        parameters.append(MATCH_PARAMETER)
    for error in (*getattr(view, "refuses", ()), *refused):
        _document(operation["responses"], error)


def _refused_at_the_edge(view: Any, access: Access, operation: dict[str, Any]) -> list[type[AppError]]:
    refused: list[type[AppError]] = [RateLimited, Busy, Overloaded, DatabaseUnavailable, NotAuthenticated]
    refused += [NotPermitted] if access.role else []
    bodies = operation.get("requestBody", {}).get("content", {})
    refused += [MalformedBody, UnsupportedType] if "application/json" in bodies else []
    refused += [BodyTooLarge] if bodies else []
    idempotent = [IdempotencyMismatch, IdempotencyKeyInvalid, IdempotencyInFlight]
    return refused + (idempotent if getattr(view, "idempotent", False) else [])


def _document(responses: dict[str, Any], error: type[AppError]) -> None:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    known = responses.setdefault(str(error.status), {"description": "", "content": content})
    if "$ref" in known:  # flask-smorest's own 422, which names no code
        known = responses[str(error.status)] = {"description": "", "content": content}
    code = f"`{error.code}`"
    if code not in known["description"]:
        known["description"] = ", ".join(filter(None, [known["description"], code]))


def _openapi_path(rule: str) -> str:
    return PARAMETER.sub("{", rule).replace(">", "}")
