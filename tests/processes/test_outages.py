"""What happens while PostgreSQL or Redis is gone or hangs, and how soon it is over."""

import pytest

from tests.processes.load import PLACE, STORES
from tests.processes.stack import Stack

OUTAGES = ["without", "frozen"]


@pytest.mark.parametrize("outage", OUTAGES)
def test_without_postgresql_it_is_not_ready_and_says_so(web: Stack, outage: str) -> None:
    with getattr(web, outage)(web.postgres):
        for _ in range(3):
            answer = web.call("GET", "/ready")
            assert (answer.status_code, answer.json()["down"]) == (503, ["postgresql"])
            assert answer.json()["status"] == "unavailable"
            assert int(answer.headers["Retry-After"]) >= 1
        assert web.call("GET", "/health").status_code == 200
    assert web.call("GET", "/ready").json()["status"] == "ready"


@pytest.mark.parametrize("outage", OUTAGES)
def test_without_redis_it_is_degraded_and_goes_on_selling(web: Stack, outage: str) -> None:
    token = web.token()
    with getattr(web, outage)(web.valkey):
        answer = web.call("GET", "/ready")
        assert (answer.status_code, answer.json()["status"], answer.json()["down"]) == (200, "degraded", ["redis"])
        made = web.call("POST", STORES, token=token, json=PLACE | {"name": f"During {outage}"})
        assert made.status_code == 201
        for _ in range(6):
            found = web.call("GET", f"{STORES}?q=During {outage}")
            assert made.json() in found.json()["data"]
        assert web.call("POST", "/api/v1/auth/logout", token=token).status_code == 204
    assert web.call("POST", STORES, token=token, json={}).status_code == 401


@pytest.mark.parametrize("path", [STORES, "/api/v1/stores/1", "/console/login"])
def test_without_postgresql_a_request_is_asked_to_come_back(web: Stack, path: str) -> None:
    with web.without(web.postgres):
        answer = web.call("GET", path)
        if path == "/console/login":
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert int(answer.headers["Retry-After"]) >= 1
