"""Stores over the API."""

from typing import Any

from tests.callers import Caller

BERLIN = {"name": "Berlin", "latitude": 52.52, "longitude": 13.405, "timezone": "Europe/Berlin"}


def made(operator: Caller, **changes: Any) -> dict[str, Any]:
    """A store that exists."""
    answer = operator.post("/api/v1/stores", json=BERLIN | changes)
    assert answer.status_code == 201, answer.text
    store: dict[str, Any] = answer.json
    return store


def test_a_created_store_is_found_at_its_location(operator: Caller, client: Any) -> None:
    answer = operator.post("/api/v1/stores", json=BERLIN)
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"v1"'
    found = client.get(answer.headers["Location"])
    assert found.json == answer.json
    assert {name: found.json[name] for name in BERLIN} == BERLIN
    assert found.json["is_active"] is True
