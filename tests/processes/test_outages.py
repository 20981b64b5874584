"""What happens while PostgreSQL or Redis is gone or hangs, and how soon it is over."""

import pytest

from tests.processes.load import PLACE, STORES
from tests.processes.stack import Stack, eventually

OUTAGES = ["without", "frozen"]


def readiness(web: Stack) -> tuple[int, str, list[str]]:
    """What one of the processes says now; one that is slow for a moment takes the other server for gone too."""
    answer = web.call("GET", "/ready")
    return answer.status_code, answer.json()["status"], answer.json().get("down", [])


@pytest.mark.parametrize("outage", OUTAGES)
def test_without_postgresql_it_is_not_ready_and_says_so(web: Stack, outage: str) -> None:
    with getattr(web, outage)(web.postgres):
        eventually(lambda: readiness(web) == (503, "unavailable", ["postgresql"]), "it says so")
        assert int(web.call("GET", "/ready").headers["Retry-After"]) >= 1
        assert web.call("GET", "/health").status_code == 200
    eventually(lambda: readiness(web) == (200, "ready", []), "it is ready again")


@pytest.mark.parametrize("outage", OUTAGES)
def test_without_redis_it_is_degraded_and_goes_on_selling(web: Stack, outage: str) -> None:
    token = web.token()
    with getattr(web, outage)(web.valkey):
        eventually(lambda: readiness(web) == (200, "degraded", ["redis"]), "it says so")
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
