"""How a JSON route is written: a Blueprint that reads strictly and whose answers say what they can refuse."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import marshmallow as ma
from flask import Request, Response, current_app, request
from flask_smorest import Blueprint as SmorestBlueprint

from app.core import jsons
from app.core.errors import AppError, ValidationFailed
from app.core.pagination import Page
from app.core.schemas import Schema


def loaded(schema: Schema, sent: Any) -> Any:
    """What a schema makes of it; every fault with a pointer to its place."""
    try:
        return schema.load(sent)
    except ma.ValidationError as error:
        raise ValidationFailed(faults(error.messages)) from error


def _body(sent: Request) -> Any:
    view = current_app.view_functions[sent.endpoint or ""]
    return jsons.body_of(sent, may_be_empty=getattr(view, "may_be_empty", False))


def _query(sent: Request) -> dict[str, str]:
    """The first value of each parameter: no query of ours takes a list."""
    return sent.args.to_dict()


SENT: dict[str, Callable[[Request], Any]] = {"json": _body, "query": _query}


class Blueprint(SmorestBlueprint):  # type: ignore[misc]  # flask-smorest ships no types
    """A group of JSON routes."""

    def arguments(self, schema: Any, *, location: str = "json", **options: Any) -> Any:
        """Document the schema, and hand the view what it reads from the body or the query string."""
        made = schema() if isinstance(schema, type) else schema  # one for all requests
        documented, sent = super().arguments(made, location=location, **options), SENT[location]

        def decorate(view: Any) -> Any:
            @wraps(documented(view))
            def reading(*given: Any, **parts: Any) -> Any:
                return view(*given, loaded(made, sent(request)), **parts)

            return reading

        return decorate

    def optional_body(self, view: Any) -> Any:
        """Mark a view that may be called without a body, which then counts as an empty object."""
        view.may_be_empty = True
        return view

    def refuses(self, *errors: type[AppError]) -> Callable[[Any], Any]:
        """Name what a route itself refuses; the document says it beside what the edge refuses."""

        def decorate(view: Any) -> Any:
            view.refuses = errors
            return view

        return decorate


class FaultSchema(Schema):
    """One fault of a request."""

    pointer = ma.fields.String(metadata={"description": "JSON pointer to the field, or /name of a query parameter."})
    code = ma.fields.String()
    detail = ma.fields.String()


class ProblemSchema(Schema):
    """RFC 9457 problem details."""

    type = ma.fields.String(metadata={"description": "A page that explains the code."})
    title = ma.fields.String()
    status = ma.fields.Integer()
    detail = ma.fields.String()
    instance = ma.fields.String()
    code = ma.fields.String(metadata={"description": "Stable; programs decide by it."})
    request_id = ma.fields.String()
    errors = ma.fields.List(ma.fields.Nested(FaultSchema))


def page_schema(row: type[Schema]) -> type[Schema]:
    """The envelope of a list of such rows."""
    members = {
        "data": ma.fields.List(ma.fields.Nested(row)),
        "next_cursor": ma.fields.String(
            allow_none=True, metadata={"description": "Send it as `cursor` for the next page."}
        ),
    }
    return type(
        row.__name__.removesuffix("Out") + "Page", (Schema,), {**members, "__doc__": f"A page of {row.__name__}."}
    )


def page_body(page: Page, schema: Schema) -> bytes:
    """The JSON of a page."""
    return jsons.dump({"data": schema.dump(page.rows, many=True), "next_cursor": page.next_cursor})


def json_response(body: bytes, status: int = 200) -> Response:
    """JSON that is ready to send."""
    return Response(body, status=status, mimetype="application/json")


def linked(response: Response, next_cursor: str | None) -> Response:
    """Name the next page in a Link header."""
    if next_cursor:
        query = [pair for pair in request.args.items(multi=True) if pair[0] != "cursor"]
        response.headers["Link"] = f'<{request.path}?{urlencode([*query, ("cursor", next_cursor)])}>; rel="next"'
    return response


def faults(messages: Any, pointer: str = "") -> list[dict[str, str]]:
    """Marshmallow's nested messages as a flat list with JSON pointers."""
    if isinstance(messages, Mapping):
        return [
            fault
            for key, value in messages.items()
            for fault in faults(value, pointer if key == "_schema" else f"{pointer}/{key}")
        ]
    texts = messages if isinstance(messages, list) else [messages]
    return [{"pointer": pointer or "/", "code": _code(str(text)), "detail": str(text)} for text in texts]


def _code(text: str) -> str:
    if text.startswith("Missing data"):
        return "required"
    return "unknown_field" if text.startswith("Unknown field") else "invalid"
