"""JSON in and out: strict in, exact out."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

import orjson
from flask import Request, Response
from flask.json.provider import JSONProvider

from app.core.clock import rfc3339
from app.core.errors import AppError, BodyTooLarge, MalformedBody, UnsupportedType, ValidationFailed

DEEPEST = 32


class OrjsonProvider(JSONProvider):
    """orjson in Flask's place for a JSON module."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """JSON as text."""
        return dump(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Parsed JSON."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """A response with a JSON body."""
        return Response(dump(self._prepare_response_obj(args, kwargs)), mimetype="application/json")


def dump(value: Any) -> bytes:
    """JSON as bytes: money as strings, moments as RFC 3339."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


def indented(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def parse(body: bytes) -> Any:
    """JSON that we wrote ourselves."""
    return orjson.loads(body)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def body_of(request: Request, *, may_be_empty: bool = False) -> Any:
    """The parsed body of a request, refused when it is no JSON, too deep, or not said to be JSON."""
    if may_be_empty and not request.content_type and not sent_bytes(request):
        return {}
    if not request.is_json:
        raise UnsupportedType
    sent = sent_bytes(request)
    try:
        body = orjson.loads(sent)
    except orjson.JSONDecodeError as error:
        raise _refusal_of(sent, error) from error
    if is_deeper(body, DEEPEST):
        raise MalformedBody(reason=f"The body is nested more than {DEEPEST} levels deep.")
    return body


def sent_bytes(request: Request) -> bytes:
    """The bytes of the body; werkzeug refuses a declared length over the limit, but cuts off what declares none."""
    sent, limit = request.get_data(cache=True), request.max_content_length
    if limit is not None and request.content_length is None and len(sent) >= limit:
        raise BodyTooLarge(limit_bytes=limit)
    return sent


def _refusal_of(sent: bytes, error: orjson.JSONDecodeError) -> AppError:
    """Many programs write NaN and Infinity: told apart from a body that is no JSON at all."""
    try:
        json.loads(sent, parse_constant=_refuse_constant)
    except ValidationFailed as refusal:
        return refusal
    except (ValueError, RecursionError):
        pass
    return MalformedBody(reason=f"The body is not valid JSON: {error.msg} at character {error.pos}.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValidationFailed([{"pointer": "/", "code": "invalid", "detail": f"{name} is no number."}])


def is_deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects are nested deeper than this."""
    layer = [value]
    for _ in range(levels):
        layer = [child for node in layer for child in _children(node)]
    return any(isinstance(node, dict | list) for node in layer)


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []
