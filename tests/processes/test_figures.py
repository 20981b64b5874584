"""A worker or a scheduler that shares its folder with nobody answers scrapes itself, and nothing else."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.processes.stack import Stack, eventually, free_port

TOKEN = "only Prometheus knows it"
PROGRAMS = {"quick": ("worker.py", "quick"), "heavy": ("worker.py", "heavy"), "scheduler": ("scheduler.py",)}
Ports = dict[str, int]


@pytest.fixture
def ports(stack: Stack, tmp_path: Path) -> Iterator[Ports]:
    """The programs, each with a folder and a port of its own; what is scheduled is due, whoever rang last."""
    stack.redis.flushall()
    stack.sql("DELETE FROM schedules")
    found = {name: free_port() for name in PROGRAMS}
    before = stack.environment
    with ExitStack() as kept:
        for name, command in PROGRAMS.items():
            (tmp_path / name).mkdir()
            own = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / name), "FIGURES_BIND": f"127.0.0.1:{found[name]}"}
            stack.environment = before | own | {"METRICS_TOKEN": TOKEN}
            kept.enter_context(stack.running(*command))
        stack.environment = before
        yield found
    stack.abandon_jobs()


def scraped(port: int, path: str = "/metrics", token: str = TOKEN) -> tuple[int, str]:
    """The answer to a scrape; 0 when nobody is there."""
    try:
        answer = requests.get(
            f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=10
        )
    except requests.ConnectionError:
        return 0, ""
    return answer.status_code, answer.text


def counts(port: int, series: str) -> None:
    """Returns when this series is told."""
    eventually(lambda: series in scraped(port)[1], f"{series} is told")


def test_each_tells_what_it_counted_to_who_knows_the_token(ports: Ports, stack: Stack) -> None:
    counts(ports["quick"], 'rq_jobs_total{job="inventory.watch_low_stock",status="done"}')
    counts(ports["scheduler"], "redis_lock_acquisitions_total")
    stack.sql("INSERT INTO jobs (name, args, request_id) VALUES ('jobs.purge', '{}', '')")
    counts(ports["heavy"], 'rq_jobs_total{job="jobs.purge",status="done"}')
    for port in ports.values():
        assert scraped(port, token="another")[0] == 401
        assert scraped(port, "/api/v1/stores")[0] == 404
        assert "holdfast_jobs{" not in scraped(port, "/metrics?part=state")[1]
