"""What deploy/ has for Prometheus and Grafana, read."""

import json
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
PROMETHEUS, GRAFANA = DEPLOY / "prometheus", DEPLOY / "grafana"


def _rules(file: str, kind: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / file).read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"] if kind in rule]


ALERTS, RECORDS = _rules("alerts.yml", "alert"), _rules("rules.yml", "record")
BOARDS: list[dict[str, Any]] = [
    json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards").glob("*.json"))
]
PANELS: list[dict[str, Any]] = [panel for board in BOARDS for panel in board["panels"]]
TARGETS: dict[str, dict[str, Any]] = {
    f"{board['title']} {panel['title']}, {number}": target
    for board in BOARDS
    for panel in board["panels"]
    for number, target in enumerate(panel["targets"], 1)
}
