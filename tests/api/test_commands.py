"""Every command says what it does, stands in docs/cli.md with an example, and prints its facts as JSON when asked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from app.core.web import HoldfastApp
from tests.api.made import product
from tests.architecture.source import ROOT
from tests.callers import Caller

PAGE = ROOT / "docs" / "cli.md"
# Whose facts a program reads.
FACTS = {
    *("cache clear", "cache show", "doctor", "invariants", "jobs list", "ledger check", "ops backup"),
    *("ops restore-check", "promos list", "promos show", "stock import", "users list"),
}

# What every application of Flask has, outside of ours.
OF_FLASK = {"routes", "run", "shell"}


def commands(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            yield " ".join((*before, name)), command


def examples(page: str) -> list[str]:
    """The lines of its fenced blocks that call a command."""
    fenced = "".join(page.split("```")[1::2])
    lines = (line.removeprefix("$ ") for line in fenced.splitlines())
    return [line for line in lines if line.startswith("flask ")]


def missing(group: click.Group, page: str) -> Iterator[str]:
    shown = examples(page)
    for name, command in commands(group):
        if not command.get_short_help_str():
            yield f"{name} has no help"
        if not any(line == f"flask {name}" or line.startswith(f"flask {name} ") for line in shown):
            yield f"{name} has no example"


@pytest.fixture
def flask(app: HoldfastApp, clean: None) -> Any:
    runner = app.test_cli_runner()

    def run(*arguments: str) -> Result:
        return runner.invoke(args=arguments)

    return run


def test_every_command_has_help_and_an_example(app: HoldfastApp) -> None:
    assert list(missing(app.cli, PAGE.read_text(encoding="utf-8"))) == []


def test_a_command_without_help_or_example_is_found() -> None:
    @click.group
    def shop() -> None: ...

    @shop.command("open")
    def open_() -> None: ...

    assert list(missing(shop, "```\nflask opener\n```\nflask open")) == ["open has no help", "open has no example"]
    open_.help = "Open it."
    assert not list(missing(shop, "```\nflask open --wide  # in the morning\n```"))


def test_every_example_is_of_a_command_that_exists(app: HoldfastApp) -> None:
    names = {f"flask {name}" for name in {*(name for name, _ in commands(app.cli)), *OF_FLASK}}
    lines = examples(PAGE.read_text(encoding="utf-8"))
    assert [line for line in lines if not any(f"{line} ".startswith(f"{name} ") for name in names)] == []


def test_whoever_has_facts_has_them_as_json(app: HoldfastApp) -> None:
    ours = {name for name, command in commands(app.cli) if any("--json" in each.opts for each in command.params)}
    assert ours == FACTS


def test_facts_are_one_line_of_json_whatever_was_found(flask: Any, staff: Caller, sql: Any, tmp_path: Path) -> None:
    product(staff, sku="TEA", total_stock=5)
    sql.execute("INSERT INTO jobs (name, args, request_id, due_at) VALUES ('x', '{}', '', '2026-01-01T00:00Z')")
    stock = tmp_path / "stock.csv"
    stock.write_text("sku,set_to,expected,reason,row_key\nTEA,7,5,count,k1\n")
    told = {
        name: flask(*name.split(), "--json")
        for name in ("users list", "jobs list", "invariants", "ledger check", f"stock import {stock} --dry-run")
    }
    found = {name.split()[0]: json.loads(each.stdout) for name, each in told.items()}
    assert [user["username"] for user in found["users"]] == ["operator"]
    assert "password_hash" not in found["users"][0]
    assert "x" in {job["name"] for job in found["jobs"]}
    assert "jobs.nothing_forgotten" in {rule["name"] for rule in found["invariants"] if not rule["holds"]}
    assert told["invariants"].exit_code == 1
    assert all(rule["holds"] for rule in found["ledger"]["rules"])
    assert found["stock"]["changed"] == 1
    assert all(each.stdout.count("\n") == 1 for each in told.values())
