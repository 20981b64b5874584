"""Every command says what it does, stands in docs/cli.md with an example, and prints its facts as JSON when asked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from app.core import cli
from app.core.web import HoldfastApp
from tests.api.commands import commands, has_json
from tests.api.made import product
from tests.architecture.source import ROOT
from tests.callers import Caller

PAGE = ROOT / "docs" / "cli.md"
# Flask-Migrate's, which speak to a developer, and those whose answer is a text that another program reads as it is.
NO_JSON = {"config example": "prints .env.example", "openapi": "prints or writes a document", "db": "Flask-Migrate's"}

# What every application of Flask has, outside of ours.
OF_FLASK = {"routes", "run", "shell"}


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


def without_json(group: click.Group) -> Iterator[str]:
    for name, command in commands(group):
        if not (has_json(command) or name in NO_JSON or name.split()[0] in NO_JSON):
            yield name


def test_every_command_tells_its_facts_as_json(app: HoldfastApp) -> None:
    assert list(without_json(app.cli)) == []


def test_a_command_that_does_not_is_found() -> None:
    shop = cli.Group("shop")
    shop.command("open")(lambda: None)
    shop.command("close")(cli.as_json(lambda: None))
    assert list(without_json(shop)) == ["open"]


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


def test_programs_are_told_what_became_of_dead_letters_and_of_a_mail(flask: Any, sql: Any) -> None:
    sql.execute("""
        INSERT INTO jobs (name, args, request_id, state, finished_at)
        SELECT name, '{}', '', 'dead', clock_timestamp() FROM unnest('{x,x,y}'::text[]) AS name RETURNING id
    """)
    (one,), (two,), _ = sql.fetchall()
    calls = {
        f"jobs discard --id {one}": {"discarded": 1},
        "jobs retry --all --name y": {"retried": 1},
        f"jobs retry --id {two}": {"retried": 1},
        "jobs retry --all": {"retried": 0},
        "mail test ada@example.org": {"recipient": "ada@example.org", "state": "queued"},
        "config check": {"faults": []},
    }
    assert {call: json.loads(flask(*call.split(), "--json").stdout) for call in calls} == calls


def test_programs_are_told_at_which_migration_an_awaited_schema_is(flask: Any, sql: Any) -> None:
    told = json.loads(flask("ops", "await-schema", "--json").stdout)
    sql.execute("SELECT version_num FROM alembic_version")
    assert (told["revision"], told["head"]) == (*sql.fetchone(), told["revision"])
