"""Several web processes answer as one."""

import json
import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from devstack.processes import children
from tests.processes.stack import WORKERS, Stack, eventually, serving_beside

STORES = "/api/v1/stores"
BERLIN = {"name": "Once only", "latitude": 52.52, "longitude": 13.405, "timezone": "Europe/Berlin"}


def counted(web: Stack) -> float:
    """How often a store was not found, as a scrape tells it."""
    text = web.call("GET", "/metrics").text
    wanted = {"method": "GET", "status": "404", "url_rule": f"{STORES}/<id:store_id>"}
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "flask_http_request_duration_seconds_count" and sample.labels == wanted
    )


def test_metrics_add_up_the_requests_of_all_processes(stack: Stack) -> None:
    asked = 0

    def ask_until_each_has_answered(web: Stack) -> bool:
        nonlocal asked
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: web.call("GET", f"{STORES}/999999"), range(40)))
        assert {answer.status_code for answer in answers} == {404}
        asked += len(answers)
        who = {path.stem.rpartition("_")[2] for path in web.metrics.glob("histogram_*.db")}
        return who == {str(pid) for pid in children(web.master)}

    # Processes of their own: tests come in any order, and who was killed in another stays in its folder.
    with serving_beside(stack) as web:
        eventually(lambda: ask_until_each_has_answered(web), "each process has answered")
        assert {counted(web) for _ in range(2 * WORKERS)} == {asked}


def test_every_process_answers_health_alike(web: Stack) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = [answer.json() for answer in pool.map(lambda _: web.call("GET", "/health"), range(30))]
    assert {answer["status"] for answer in answers} == {"ok"}
    assert min(answer["uptime_seconds"] for answer in answers) >= 0


def test_a_body_without_a_length_is_limited_too(web: Stack) -> None:
    chunks = (b'{"name": "' + b"x" * 65_536 for _ in range(40))
    answer = web.call("POST", STORES, token=web.token(), data=chunks, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_hundred_parallel_requests_with_one_key_have_one_effect(web: Stack) -> None:
    token = web.token()

    def order(_: int) -> Any:
        return web.call("POST", STORES, token=token, json=BERLIN, headers={"Idempotency-Key": "one-of-100"})

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(order, range(100)))
    assert web.sql("SELECT count(*) FROM stores WHERE name = %s", BERLIN["name"]) == [(1,)]
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() <= {201, 409}, statuses
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers if answer.status_code == 201) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "idempotency_in_flight"
            assert int(answer.headers["Retry-After"]) >= 1


def test_a_web_process_that_is_killed_is_replaced_and_its_requests_stay_counted(web: Stack) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: web.call("GET", f"{STORES}/999999"), range(40)))
    before, processes = counted(web), children(web.master)
    os.kill(processes[0], signal.SIGKILL)
    eventually(lambda: len(set(children(web.master)) - {processes[0]}) == WORKERS, "another process is there")
    eventually(web.settled, "all processes answer")
    assert before >= 40
    assert counted(web) == before


def test_every_line_that_the_web_processes_write_is_json(stack: Stack) -> None:
    with serving_beside(stack) as web:
        assert web.answers("/api/v1/stores/999999", 404)
        (killed, *others) = children(web.master)
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: set(others) < set(children(web.master)), "another process is there")
    lines = [json.loads(line) for line in web.output.read_text().splitlines()]
    assert any(f"(pid:{killed}) was sent SIGKILL" in line["event"] for line in lines)
    assert {"at", "level", "event"} <= set.intersection(*(set(line) for line in lines))
