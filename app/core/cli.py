"""Commands: a unit of work each, and one way to end.

A refusal is a sentence on standard error with exit 1. With `--json` it is an object on standard output as well: `error`
is the sentence, `code` and the figures are those of the API. `Command` sees to it for every command of ours, whatever
it asked and whoever refused: a rule, the database, or one that is away. A fault of ours stays a traceback.

Exit codes are the same everywhere: 0 done and well; 1 refused, or something is not as it must be; 2 called wrongly, or
the settings cannot be read.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.core import context, db, jsons
from app.core.errors import AppError, DatabaseUnavailable, ValidationFailed
from app.core.invariants import Finding
from app.core.sqlstate import is_unprepared, words

JSON = "--json"
UNPREPARED = "The database lacks what this version needs: run `flask prepare`."
as_json = click.option(JSON, "as_json", is_flag=True, help="Print JSON, for programs.")


class Refusal(click.ClickException):
    """A sentence, and for programs what the API says beside it."""

    def __init__(self, sentence: str, facts: dict[str, Any]) -> None:
        """Keep both."""
        super().__init__(sentence)
        self.facts = facts


class Command(click.Command):
    """A command that refuses as all do."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read how it was called."""
        with _refusing(as_json=JSON in args):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Do it."""
        with _refusing(as_json=ctx.params.get("as_json", False)):
            return super().invoke(ctx)


class Group(AppGroup):
    """Commands of one kind."""

    command_class = Command


def say(facts: Any) -> None:
    """Print facts as one line of JSON."""
    click.echo(jsons.dump(facts).decode())


def tell(facts: Any, *lines: str, as_json: bool) -> None:
    """Print what was done: its facts for programs, else its lines."""
    if as_json:
        say(facts)
        return
    for line in lines:
        click.echo(line)


def say_findings(findings: Iterable[Finding]) -> None:
    """A line for each rule, and under one that is broken its rows."""
    for finding in findings:
        click.echo(f"{'BROKEN' if finding.rows else 'ok    '}  {finding.invariant.name}: {finding.invariant.rule}")
        for row in finding.rows:
            click.echo(f"          {row}")


@contextmanager
def work() -> Iterator[None]:
    """What a command changes: all of it or nothing."""
    with context.surroundings(source="cli"), db.transaction():
        yield


@contextmanager
def _refusing(*, as_json: bool) -> Iterator[None]:
    """Whatever is refused in here ends in a sentence, for programs in an object too."""
    try:
        with _in_sentences():
            yield
    except click.ClickException as refusal:
        if as_json:
            say({"error": refusal.format_message()} | getattr(refusal, "facts", {}))
        raise


@contextmanager
def _in_sentences() -> Iterator[None]:
    try:
        with db.refusing():
            yield
    except AppError as refusal:
        raise Refusal(_sentence(refusal), {"code": refusal.code} | refusal.figures) from refusal
    except SQLAlchemyError as fault:
        if not is_unprepared(fault):
            raise
        raise click.ClickException(f"{UNPREPARED} It said: {words(fault.__cause__)}") from fault
    except click.Abort as unanswered:
        raise click.ClickException("A question was not answered, so nothing was done.") from unanswered
    except SystemExit as end:
        if not isinstance(end.code, str):
            raise
        raise click.ClickException(end.code) from end


def _sentence(refusal: AppError) -> str:
    """What it says; a call with faults has a line for each, and who runs commands learns why nobody answers."""
    if isinstance(refusal, ValidationFailed):
        return "\n".join(f"{fault['pointer'].strip('/')}: {fault['detail']}" for fault in refusal.figures["errors"])
    if isinstance(refusal, DatabaseUnavailable) and isinstance(refusal.__cause__, DBAPIError):
        return f"{refusal.text()} It said: {words(refusal.__cause__.orig)}"
    return refusal.text()
