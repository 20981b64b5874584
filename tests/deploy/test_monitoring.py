"""Prometheus takes its files, each alert fires when it must and only then, and Grafana's files are whole."""

import json
import re
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.monitored import ALERTS, BOARDS, GRAFANA, PANELS, PROMETHEUS, TARGETS


def promtool(*arguments: str) -> None:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_its_configuration() -> None:
    promtool("check", "config", str(PROMETHEUS / "prometheus.yml"))


def test_alerts_fire_when_they_must_and_only_then() -> None:
    promtool("test", "rules", str(PROMETHEUS / "tests" / "alerts_test.yml"))


def test_every_alert_is_tried_both_ways() -> None:
    tried = [case["name"] for case in yaml.safe_load((PROMETHEUS / "tests" / "alerts_test.yml").read_text())["tests"]]
    assert sorted(tried) == sorted(f"{rule['alert']} {what}" for rule in ALERTS for what in ("fires", "is silent"))


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_to_do_and_where_more_is_written(rule: dict[str, Any]) -> None:
    slug = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", rule["alert"]).lower()
    assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{slug}"
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["action"]
    assert rule["labels"]["severity"] in {"critical", "warning"}


def test_every_query_of_a_panel_parses(tmp_path: Path) -> None:
    queries = [target["expr"] for target in TARGETS.values()]
    rules = [{"record": f"panel:query{number}", "expr": query} for number, query in enumerate(queries)]
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", str(tmp_path / "panels.yml"))


def test_dashboards_are_told_apart_and_ask_the_one_datasource() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    asked = {each["datasource"]["uid"] for panel in PANELS for each in (panel, *panel["targets"])}
    assert asked == {source["uid"]}
    assert len({board["uid"] for board in BOARDS}) == len({board["title"] for board in BOARDS}) == 4


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board["uid"])
def test_panels_have_ids_of_their_own_words_units_and_room(board: dict[str, Any]) -> None:
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)
    assert all(panel["description"] and panel["fieldConfig"]["defaults"]["unit"] for panel in panels)
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert not [pair for pair in combinations(places, 2) if overlap(*pair)]


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    return not (beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"])
