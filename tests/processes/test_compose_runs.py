"""What docker-compose.yml starts, started here in its order: its commands and its environment as plain programs.

No container engine is at hand. The servers are the embedded ones, so the addresses of PostgreSQL and Redis, the ports
and the folders are replaced; everything else is what the file says, with the `.env` of docs/deployment.md.
"""

import os
import re
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from devstack.postgres import Postgres
from devstack.processes import end, spawn
from devstack.valkey import Valkey
from tests.processes.stack import ROOT, Program, eventually, free_port

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
OURS = {name: service for name, service in SERVICES.items() if "holdfast" in service["image"]}
DATABASE, ADMIN_PASSWORD = "holdfast", secrets.token_hex(12)
DOT_ENV = {
    "SECRET_KEY": secrets.token_hex(32),
    "POSTGRES_PASSWORD": secrets.token_hex(24),
    "REDIS_PASSWORD": secrets.token_hex(24),
    "GRAFANA_PASSWORD": secrets.token_hex(16),
    "ADMIN_PASSWORD": ADMIN_PASSWORD,
    "PUBLIC_URL": "https://shop.example",
    "SMTP_HOST": "127.0.0.1",
}
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
PORTS = {"web": "8000", "live": "8028"}


def filled(text: str) -> str:
    """A text of the file with the variables of `.env`, by the rules of compose."""

    def value(found: re.Match[str]) -> str:
        name, kind, more = found.groups()
        assert name in DOT_ENV or kind == "-", f"{name} must be in .env"
        return DOT_ENV.get(name) or more

    return VARIABLE.sub(value, text).replace("$$", "$")


class Machine:
    """The machine on which the services run."""

    def __init__(self, home: Path, postgres: Postgres, valkey: Valkey) -> None:
        self.home = home
        self.ports = {name: str(free_port()) for name in PORTS}
        self.here = {
            "DATABASE_URL": postgres.url(DATABASE),
            "REDIS_URL": valkey.url(0),
            "HOLDFAST_HOME": str(home),
        }
        self.programs: dict[str, Program] = {}

    def url(self, name: str, path: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}{path}"

    def start(self, name: str) -> Program:
        """A service, with nothing from this machine's environment but where programs are."""
        paths = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        own = {key: self._moved(filled(str(value))) for key, value in OURS[name]["environment"].items()}
        command = [filled(word) for word in OURS[name]["command"]]
        with (self.home / f"output-{name}").open("ab") as output:
            program = spawn(command, env={"PATH": paths} | own | self.here, cwd=ROOT, output=output)
        self.programs[name] = program
        return program

    def is_healthy(self, name: str) -> bool:
        """What the file asks to see whether the service is well."""
        _, *command = OURS[name]["healthcheck"]["test"]
        asked = [sys.executable if word == "python" else self._moved(word) for word in command]
        with (self.home / "output-health").open("ab") as output:
            return spawn(asked, env=dict(os.environ), cwd=ROOT, output=output).wait() == 0

    def figure(self, series: str) -> float:
        """What /metrics of live tells: state, and what it and the workers counted."""
        text = requests.get(self.url("live", "/metrics"), timeout=10).text
        found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def said(self, name: str) -> str:
        return (self.home / f"output-{name}").read_text(encoding="utf-8")

    def _moved(self, text: str) -> str:
        for name, port in PORTS.items():
            text = re.sub(rf"\b{port}\b", self.ports[name], text)
        text = text.replace("/run/figures", str(self.home / "figures"))
        return text.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - the container's, not ours


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with ExitStack() as kept:
        postgres = kept.enter_context(Postgres(tmp_path, durable=False))
        valkey = kept.enter_context(Valkey(tmp_path, durable=False))
        postgres.create_database(DATABASE)
        (tmp_path / "figures").mkdir()
        made = Machine(tmp_path, postgres, valkey)
        try:
            yield made
        finally:
            for program in made.programs.values():
                end(program, (signal.SIGTERM, 15.0))


def test_the_services_start_in_their_order_work_together_and_end_in_time(machine: Machine) -> None:
    migrate = machine.start("migrate")
    assert migrate.wait(60) == 0, machine.said("migrate")
    for name in OURS.keys() - {"migrate"}:
        machine.start(name)
    for name in PORTS:
        eventually(partial(machine.is_healthy, name), f"{name} is healthy", 40)

    login = {"username": "admin", "password": ADMIN_PASSWORD}
    secure = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    answer = requests.post(machine.url("web", "/api/v1/auth/login"), json=login, headers=secure, timeout=10)
    assert answer.status_code == 200, answer.text
    eventually(lambda: machine.figure('rq_workers{queue="quick"}') == 1, "a quick worker is there")
    eventually(lambda: machine.figure('rq_workers{queue="heavy"}') == 1, "a heavy worker is there")
    eventually(
        lambda: machine.figure('rq_jobs_total{job="inventory.watch_low_stock",status="done"}') > 0,
        "what is scheduled is done",
    )

    for name in OURS.keys() - {"migrate"}:
        machine.programs[name].terminate()
    for name in OURS.keys() - {"migrate"}:
        grace = float(OURS[name]["stop_grace_period"].rstrip("s"))
        assert machine.programs[name].wait(grace) == 0, machine.said(name)
