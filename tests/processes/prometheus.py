"""A real Prometheus with the rules of deploy/prometheus that looks at a running stack, only more often."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
import yaml

from devstack.processes import spawn
from tests.deploy.monitored import PROMETHEUS
from tests.processes.stack import eventually, free_port

OFTEN = "1s"
Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Prometheus:
    """Where it answers."""

    url: str

    def ask(self, query: str) -> dict[Labels, float]:
        """What a query answers while every process can be scraped; NaN is no answer."""
        found = self.told("query", query=f"({query}) and on() (min(up) == 1)")["result"]
        both = ((frozenset(each["metric"].items()), float(each["value"][1])) for each in found)
        return {labels: value for labels, value in both if not math.isnan(value)}

    def figure(self, query: str) -> float | None:
        """The one figure that a query answers."""
        (figure,) = self.ask(query).values() or [None]
        return figure

    def now(self) -> float:
        """The moment it is there."""
        return float(self.told("query", query="time()")["result"][0])

    def until_it_has_seen_all(self) -> None:
        """Every process was scraped after this moment, and every rule was asked after that."""
        seen = f"min(timestamp(up)) > {self.now()}"
        eventually(lambda: self.ask(seen), "every process is scraped")
        now = self.now()
        eventually(lambda: min(map(_asked_at, self.rules())) > now, "every rule is asked")

    def rules(self) -> list[dict[str, Any]]:
        """How each rule did when it was asked last."""
        return [rule for group in self.told("rules")["groups"] for rule in group["rules"]]

    def told(self, path: str, **asked: str) -> Any:
        """What an address of its API tells."""
        answer = requests.get(f"{self.url}/api/v1/{path}", params=asked, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def is_ready(self) -> bool:
        """Whether it answers queries."""
        try:
            return requests.get(f"{self.url}/-/ready", timeout=2).ok
        except requests.RequestException:
            return False


def _asked_at(rule: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(rule["lastEvaluation"]).timestamp()


def configuration(places: Mapping[str, str], token: Path) -> dict[str, Any]:
    """That of deploy/prometheus, for a stack that is somewhere else and has a METRICS_TOKEN."""
    made: dict[str, Any] = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    made["global"] = dict.fromkeys(("scrape_interval", "scrape_timeout", "evaluation_interval"), OFTEN)
    made["rule_files"] = [str(PROMETHEUS / name) for name in made["rule_files"]]
    del made["alerting"]  # what is wrong on purpose is told to nobody
    for job in made["scrape_configs"]:
        job["authorization"] = {"credentials_file": str(token)}
        for group in job["static_configs"]:
            group["targets"] = [places[each] for each in group["targets"]]
    return made


@contextmanager
def prometheus_of(folder: Path, places: Mapping[str, str], token: str) -> Iterator[Prometheus]:
    """It runs until the block ends."""
    folder.mkdir()
    (folder / "token").write_text(token)
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration(places, folder / "token")))
    address = f"127.0.0.1:{free_port()}"
    command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--web.listen-address={address}"]
    with (folder / "log").open("wb") as log:
        program = spawn([*command, f"--storage.tsdb.path={folder / 'tsdb'}"], env={}, output=log)
    made = Prometheus(f"http://{address}")
    try:
        eventually(made.is_ready, "Prometheus is ready")
        yield made
    finally:
        program.kill()
        program.wait()
