"""What calls of a service are made of: a JSON object in, and a status with JSON out."""

import json
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any

Facts = dict[str, Any]
Reply = tuple[HTTPStatus, Any]


class Refused(Exception):
    """What is asked for cannot be; the text says why."""

    status = HTTPStatus.BAD_REQUEST


def object_of(raw: bytes) -> Facts:
    """The JSON object of a request."""
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refused("This is no JSON.") from error
    if not isinstance(body, dict):
        raise Refused("This is no JSON object.")
    return body


def text_of(body: Mapping[str, Any], name: str) -> str:
    """A text that must be there."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(f"{name} is missing.")
    return value


def money_of(text: str) -> str:
    """An amount with two decimals."""
    try:
        amount = Decimal(text)
    except ArithmeticError as error:
        raise Refused(f"{text!r} is no amount.") from error
    if not amount.is_finite() or not Decimal("0.01") <= amount <= Decimal(9_999_999_999):
        raise Refused(f"{text!r} is no amount.")
    return str(amount.quantize(Decimal("0.01")))
