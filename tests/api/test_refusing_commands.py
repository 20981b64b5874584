"""Every command ends as docs/cli.md says, also when nobody answers: with a sentence, a code, and JSON when asked."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result
from sqlalchemy import make_url

from app.core import cli
from app.core.settings import Settings
from app.core.web import HoldfastApp
from app.factory import create_app
from app.identity import queries
from tests.api.commands import STOCK, TYPED, call, commands, has_json

NOBODY = "127.0.0.1:1"
SENTENCE = 'The database does not answer; try again. It said: connection to server at "127.0.0.1", port 1 failed'

# They ask no database, and do their work.
NEED_NONE = {
    *("config check", "config example", "db branches", "db heads", "db history", "db list-templates", "db show"),
    *("openapi list-config-prefixes", "openapi print", "openapi write"),
}
OWN_WORDS = {
    "demo live": "No shop answers: start the stack by `make run`.",
    "ops await-schema": "The schema was not there within 0 s.",
    "ops backup": "PostgreSQL cannot be reached: connection to server",
    "ops restore-check": "PostgreSQL cannot be reached: connection to server",
}
# What it finds is its answer, and that PostgreSQL is away is a part of it.
FINDS = {"doctor"}
# They write into the tree, for developers alone.
WRITE = {"db edit", "db init", "db merge", "db migrate", "db revision"}


class Said(logging.Handler):
    """What Flask-Migrate says: it logs its refusals."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def alone(chosen: Settings) -> HoldfastApp:
    """The application while neither PostgreSQL nor Redis is there."""
    away: dict[str, Any] = {"database_url": f"postgresql://nobody@{NOBODY}/shop", "redis_url": f"redis://{NOBODY}/0"}
    return create_app(replace(chosen, **away, payment_provider="generic"))


@pytest.fixture
def logged() -> Iterator[list[str]]:
    said, logger = Said(), logging.getLogger("flask_migrate")
    logger.addHandler(said)
    yield said.lines
    logger.removeHandler(said)


def run(app: HoldfastApp, *arguments: str, typed: str = "") -> Result:
    return app.test_cli_runner().invoke(args=arguments, input=typed)


def faults(name: str, done: Result, said: list[str]) -> Iterator[str]:
    """What is not as it must be in how a command ended without a database."""
    if not isinstance(done.exception, SystemExit | None):
        yield f"{name} ends in a traceback: {done.exception!r}"
    elif done.exit_code != (name not in NEED_NONE):
        yield f"{name} ends with {done.exit_code}: {done.output}"
    elif done.exit_code and name not in FINDS:
        sentences = [line for line in said if line.startswith(f"Error: {OWN_WORDS.get(name, SENTENCE)}")]
        if len(sentences) != 1 or len(said) != 1:
            yield f"{name} says {said}"


def json_faults(name: str, done: Result) -> Iterator[str]:
    """The same of its standard output under --json."""
    try:
        found = json.loads(done.stdout)
    except ValueError:
        yield f"{name} prints {done.stdout!r}"
        return
    refused = done.exit_code == 1 and name not in FINDS
    if refused and not found.get("error", "").startswith(OWN_WORDS.get(name, SENTENCE)):
        yield f"{name} prints {found}"
    if refused and name not in OWN_WORDS and found.get("code") != "database_unavailable":
        yield f"{name} has no code: {found}"


def test_every_command_says_in_a_sentence_that_the_database_is_away(
    alone: HoldfastApp, tmp_path: Path, logged: list[str]
) -> None:
    found: list[str] = []
    for name, command in commands(alone.cli):
        if name in WRITE:
            continue
        logged.clear()
        done = run(alone, *call(name, command, stock_file(tmp_path)), typed=TYPED)
        found += faults(name, done, logged if name.startswith("db ") else done.stderr.splitlines())
    assert found == []


def test_every_command_says_it_to_programs_as_well(alone: HoldfastApp, tmp_path: Path) -> None:
    found: list[str] = []
    for name, command in commands(alone.cli):
        if has_json(command):
            done = run(alone, *call(name, command, stock_file(tmp_path)), "--json", typed=TYPED)
            found += [*faults(name, done, done.stderr.splitlines()), *json_faults(name, done)]
    assert found == []


# They make the schema, or say which there is.
PREPARE = {"prepare", "db downgrade", "db stamp", "db upgrade"}


def test_no_command_ends_in_a_traceback_before_the_database_is_prepared(chosen: Settings, tmp_path: Path) -> None:
    empty = make_url(chosen.database_url).set(database="postgres").render_as_string(hide_password=False)
    app = create_app(replace(chosen, database_url=empty, payment_provider="generic"))
    told: dict[str, int] = {}
    for name, command in commands(app.cli):
        if name not in WRITE | PREPARE:
            done = run(app, *call(name, command, stock_file(tmp_path)), typed=TYPED)
            assert isinstance(done.exception, SystemExit | None), f"{name}: {done.exception!r}"
            told[name] = done.stderr.count(f"Error: {cli.UNPREPARED}")
    assert sum(told.values()) > 15, told
    assert [told[name] for name in ("users list", "promos show", "invariants", "jobs list")] == [1, 1, 1, 1]


def stock_file(folder: Path) -> Path:
    made = folder / "file"
    made.write_text(STOCK, encoding="utf-8")
    return made


def test_a_wrong_call_of_any_command_is_told_to_programs_too(alone: HoldfastApp) -> None:
    ours = [name for name, command in commands(alone.cli) if has_json(command)]
    told = {name: run(alone, *name.split(), "--json", "--nonsense") for name in ours}
    assert {name: done.exit_code for name, done in told.items()} == dict.fromkeys(ours, 2)
    assert [name for name, done in told.items() if '"error":"No such option' not in done.stdout] == []


def test_a_command_that_ends_otherwise_is_found(alone: HoldfastApp) -> None:
    @alone.cli.command("open")
    def open_() -> None:
        queries.page(queries.UserFilter(), ordering="username", limit=1, cursor=None)

    @alone.cli.command("close", cls=cli.Command)
    def close() -> None:
        click.echo("Closed.")

    for name, fault in (("open", "ends in a traceback"), ("close", "ends with 0")):
        done = run(alone, name)
        assert [fault in each for each in faults(name, done, done.stderr.splitlines())] == [True]
        assert list(json_faults(name, done))


def test_commands_go_on_without_redis(app: HoldfastApp, clean: None, chosen: Settings) -> None:
    deaf = create_app(replace(chosen, redis_url=f"redis://{NOBODY}/0"))
    reading = ("cache show", "invariants", "jobs list", "ledger check", "promos list", "users list")
    for name in (*reading, "cache clear", "jobs retry --all", "mail test ada@example.org"):
        done = run(deaf, *name.split(), "--json")
        assert (done.exit_code, "error" in json.loads(done.stdout)) == (0, False), name


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    ("arguments", "typed", "code", "told"),
    [
        (["promos", "show", "1"], "", 1, {"error": "There is no promo 1.", "code": "promo_not_found", "promo_id": 1}),
        (["users", "unlock", "ada"], "", 1, {"error": "There is no user ada."}),
        (["users", "set-password", "ada"], "", 1, {"error": "A question was not answered, so nothing was done."}),
        (["promos", "end", "1"], "n\n", 1, {"error": "The promo goes on."}),
        (["promos", "show", "x"], "", 2, {"error": "Invalid value for 'PROMO_ID': 'x' is not a valid integer."}),
        (["jobs", "retry"], "", 2, {"error": "write either --id or --all"}),
    ],
)
def test_a_refusal_is_an_object_for_programs(
    app: HoldfastApp, arguments: list[str], typed: str, code: int, told: dict[str, Any]
) -> None:
    done = run(app, *arguments, "--json", typed=typed)
    assert (done.exit_code, json.loads(done.stdout)) == (code, told)
    assert f"Error: {told['error']}\n" in done.stderr


def test_a_call_with_faults_has_each_of_them(app: HoldfastApp, clean: None) -> None:
    arguments = ("users", "create", "an@na", "--email", "nobody", "--role", "admin", "--password-stdin", "--json")
    done = run(app, *arguments, typed="short\n")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["code"]) == (1, "validation_failed")
    assert {fault["pointer"] for fault in told["errors"]} == {"/username", "/email", "/password"}
    assert done.stderr == f"Error: {told['error']}\n"


def test_without_an_address_of_a_database_it_says_so(chosen: Settings) -> None:
    done = run(create_app(replace(chosen, database_url="")), "users", "list", "--json")
    assert (done.exit_code, json.loads(done.stdout)["error"][:21]) == (1, "There is no database:")
