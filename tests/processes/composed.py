"""The machine of docker-compose.yml: its services as plain programs, with the `.env` that docs/deployment.md writes.

No container engine is at hand. The servers are the embedded ones, so the addresses of PostgreSQL and Redis, the ports,
the names of machines and the folders are replaced; everything else is what the file says.
"""

import base64
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml

from devstack.postgres import Postgres, binary
from devstack.processes import end, spawn
from devstack.valkey import Valkey
from tests.processes.stack import ROOT, Program, free_port

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
BUILT = {name: service for name, service in SERVICES.items() if "build" in service}
SHOP = {name for name, service in BUILT.items() if "profiles" not in service}
DEMO = {name for name, service in BUILT.items() if service.get("profiles") == ["demo"]}
DATABASE = "holdfast"
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^{}]*))?\}")
# Where each service listens: its name, and the port in its container.
PORTS = {"web": "8000", "web2": "8000", "live": "8028", "smtp": "1025", "mail": "8025"}
PORTS |= {"payments": "8026", "partner": "8027"}
WRITES_ENV = re.compile(r"^cat > \.env <<EOF\n(.+?)\nEOF$", re.MULTILINE | re.DOTALL)
DRAWN = re.compile(r"\$\(openssl rand -(?P<form>hex|base64) (?P<bytes>\d+)\)")


def dot_env(which: int) -> dict[str, str]:
    """What this of the commands in docs/deployment.md writes into `.env`."""
    lines = WRITES_ENV.findall((ROOT / "docs" / "deployment.md").read_text("utf-8"))[which].splitlines()
    return {name: DRAWN.sub(_drawn, value) for name, value in (line.split("=", 1) for line in lines)}


def _drawn(found: re.Match[str]) -> str:
    """As openssl draws it, which need not be here."""
    drawn = secrets.token_bytes(int(found["bytes"]))
    return drawn.hex() if found["form"] == "hex" else base64.b64encode(drawn).decode()


class Machine:
    """The machine on which the services run."""

    def __init__(self, home: Path, written: Mapping[str, str], postgres: Postgres, valkey: Valkey) -> None:
        self.home, self.written = home, written
        self.ports = {name: str(free_port()) for name in PORTS}
        self.here = {
            "DATABASE_URL": postgres.url(DATABASE),
            "REDIS_URL": valkey.url(0),
            "HOLDFAST_HOME": str(home),
        }
        self.programs: dict[str, Program] = {}

    def url(self, name: str, path: str) -> str:
        """An address of a service."""
        return f"http://127.0.0.1:{self.ports[name]}{path}"

    def start(self, name: str) -> Program:
        """A service."""
        command = [self._moved(name, self._filled(word)) for word in BUILT[name]["command"]]
        with (self.home / f"output-{name}").open("ab") as output:
            program = spawn(command, env=self.told(name), cwd=ROOT, output=output)
        self.programs[name] = program
        return program

    def told(self, name: str) -> dict[str, str]:
        """The environment of a service: nothing of this machine's but where programs are."""
        paths = f"{Path(sys.executable).parent}:{binary('pg_dump').parent}:{os.environ['PATH']}"
        given = (self.written if BUILT[name]["env_file"] else {}) | BUILT[name]["environment"]
        own = {key: self._moved(name, self._filled(str(value))) for key, value in given.items()}
        return {"PATH": paths} | own | {key: value for key, value in self.here.items() if key in own}

    def typed(self, name: str, line: str, **more: str) -> str:
        """What a line says that somebody types into the container of a service."""
        command = ["sh", "-c", self._moved(name, line)]
        done = subprocess.run(
            command, env=self.told(name) | more, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        return done.stdout

    def prepare(self) -> None:
        """What runs once and before the others."""
        assert self.start("migrate").wait(180) == 0, self.said("migrate")

    def back_up(self) -> list[Path]:
        """What runs when it is asked for; the backups that there are then."""
        (self.home / "backups").mkdir(exist_ok=True)
        assert self.start("backup").wait(180) == 0, self.said("backup")
        return list((self.home / "backups").iterdir())

    def is_healthy(self, name: str) -> bool:
        """What the file asks to see whether the service is well."""
        _, *command = BUILT[name]["healthcheck"]["test"]
        asked = [sys.executable if word == "python" else self._moved(name, word) for word in command]
        with (self.home / "output-health").open("ab") as output:
            return spawn(asked, env=dict(os.environ), cwd=ROOT, output=output).wait() == 0

    def end_in_time(self) -> None:
        """Each is asked to end, and has the grace that the file gives."""
        for program in self.programs.values():
            program.terminate()
        for name, program in self.programs.items():
            grace = float(BUILT[name].get("stop_grace_period", "10s").rstrip("s"))
            assert program.wait(grace) == 0, self.said(name)

    def figure(self, series: str) -> float:
        """What /metrics of live tells: state, and what it and the workers counted."""
        text = requests.get(self.url("live", "/metrics"), timeout=10).text
        found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def said(self, name: str) -> str:
        """What a service wrote."""
        return (self.home / f"output-{name}").read_text(encoding="utf-8")

    def _filled(self, text: str) -> str:
        """A text of the file with the variables of `.env`, by the rules of compose: what is within comes first."""

        def value(found: re.Match[str]) -> str:
            name, kind, more = found.groups()
            assert name in self.written or kind == "-", f"{name} must be in .env"
            return self.written.get(name) or more

        while VARIABLE.search(text):
            text = VARIABLE.sub(value, text)
        return text.replace("$$", "$")

    def _moved(self, service: str, text: str) -> str:
        """The same on this one machine: other ports, no names, other folders."""
        for name in filter(PORTS.__contains__, (service, *PORTS)):
            text = re.sub(rf"\b{PORTS[name]}\b", self.ports[name], text)
            text = re.sub(rf"^{name}$|(?<=//){name}(?=:)", "127.0.0.1", text)
        text = text.replace("/run/figures", str(self.home / "figures"))
        text = text.replace("/tmp/figures", str(self.home / f"figures-{service}"))  # noqa: S108 - the container's own
        text = text.replace("/tmp/", f"{self.home}/")  # noqa: S108 - theirs
        text = text.replace(" /backups/", f" {self.home}/backups/")
        return text.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - the container's, not ours


@contextmanager
def machine(home: Path, which: int, **more: str) -> Iterator[Machine]:
    """The servers, and a machine with this `.env`, and more in it, on which nothing runs yet."""
    with ExitStack() as kept:
        postgres = kept.enter_context(Postgres(home, durable=False))
        valkey = kept.enter_context(Valkey(home, durable=False))
        postgres.create_database(DATABASE)
        (home / "figures").mkdir()
        made = Machine(home, dot_env(which) | more, postgres, valkey)
        try:
            yield made
        finally:
            for program in made.programs.values():
                end(program, (signal.SIGTERM, 15.0))
