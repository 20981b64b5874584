"""Whoever is woken by an alert finds what to do, and the commands that stand there exist."""

import re
from pathlib import Path

import click
import yaml

from app.core.web import HoldfastApp

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs/runbook.md").read_text()


def test_each_alert_leads_to_its_part_and_each_part_has_its_alert() -> None:
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    told = [rule["annotations"]["runbook_url"] for group in groups for rule in group["rules"]]
    after = RUNBOOK.split("# Alerts\n")[1]
    parts = [title.lower().replace(" ", "-") for title in re.findall(r"^## (.+)$", after, re.MULTILINE)]
    assert [f"docs/runbook.md#{part}" for part in parts] == told


def test_each_command_of_the_runbook_exists(app: HoldfastApp) -> None:
    named = re.findall(r"`flask ([a-z -]+?)(?: --\w+)?`", RUNBOOK)
    assert named
    for name in named:
        command: click.Command | None = app.cli
        for word in name.split():
            context = click.Context(command) if command else None
            command = command.get_command(context, word) if isinstance(command, click.Group) and context else None
            assert command is not None, name
