"""Stores that exist."""

from typing import Any

from tests.callers import Caller

STORES = "/api/v1/stores"
BERLIN = {"name": "Berlin", "latitude": 52.52, "longitude": 13.405, "timezone": "Europe/Berlin"}


def store(staff: Caller, **changes: Any) -> dict[str, Any]:
    """A store that was just opened."""
    answer = staff.post(STORES, json=BERLIN | changes)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def place(made: dict[str, Any]) -> str:
    """Its address."""
    return f"{STORES}/{made['id']}"


def names(answer: Any) -> list[str]:
    """The names on a page."""
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json["data"]]
