"""What answers at the root, and the pages behind the API."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_the_root_tells_programs_what_there_is(client: FlaskClient) -> None:
    answer = client.get("/")
    assert answer.get_json().keys() == {"message", "version", "endpoints"}
    places = [place for name, place in answer.get_json()["endpoints"].items() if name not in {"api", "console"}]
    assert [place for place in places if client.get(place).status_code != 200] == []


def test_the_root_sends_a_browser_to_the_console(client: FlaskClient) -> None:
    answer = client.get("/", headers=BROWSER)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/")


def test_health_tells_the_time_and_for_how_long(client: FlaskClient) -> None:
    answer = client.get("/health")
    assert answer.get_json().keys() == {"status", "timestamp", "uptime_seconds"}
    assert answer.get_json()["status"] == "ok"
    moment = datetime.fromisoformat(answer.get_json()["timestamp"])
    assert moment.tzinfo is not None
    assert answer.get_json()["uptime_seconds"] >= 0


def test_ready_is_200_when_nothing_is_down(client: FlaskClient) -> None:
    answer = client.get("/ready")
    assert (answer.status_code, answer.get_json()["status"], answer.get_json()["down"]) == (200, "ready", [])


def test_metrics_count_requests_by_route_and_not_by_id(client: FlaskClient) -> None:
    client.get("/api/v1/stores/123456789")
    text = client.get("/metrics").text
    assert 'url_rule="/api/v1/stores/<id:store_id>"' in text
    assert "123456789" not in text


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/problems", "/docs/problems/stale", "/docs/access"])
def test_the_documents_are_pages_for_everybody(client: FlaskClient, path: str) -> None:
    for answer in (client.get(path), client.get(f"{path}/")):
        assert (answer.status_code, answer.mimetype) == (200, "text/html")


def test_a_problem_that_does_not_exist_has_no_page(client: FlaskClient) -> None:
    for code in ("nothing", "Stale", "..", "stale%00", "%3Cb%3E"):
        answer = client.get(f"/docs/problems/{code}")
        assert answer.status_code == 404
        assert "<b>" not in answer.text
