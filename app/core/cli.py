"""A command as a unit of work: one commit at its end, and a refusal in one sentence with exit 1.

Exit codes are the same everywhere: 0 done and well; 1 refused, or something is not as it must be; 2 called wrongly, or
the settings cannot be read.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from app.core import context, db, jsons
from app.core.errors import AppError, ValidationFailed
from app.core.invariants import Finding
from app.core.sqlstate import translated

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def say(facts: Any) -> None:
    """Print facts as one line of JSON."""
    click.echo(jsons.dump(facts).decode())


def say_findings(findings: Iterable[Finding]) -> None:
    """A line for each rule, and under one that is broken its rows."""
    for finding in findings:
        click.echo(f"{'BROKEN' if finding.rows else 'ok    '}  {finding.invariant.name}: {finding.invariant.rule}")
        for row in finding.rows:
            click.echo(f"          {row}")


@contextmanager
def work() -> Iterator[None]:
    """What a command changes: all of it or nothing."""
    try:
        with context.surroundings(source="cli"), db.transaction():
            yield
    except ValidationFailed as refusal:
        told = (f"{fault['pointer'].strip('/')}: {fault['detail']}" for fault in refusal.figures["errors"])
        raise click.ClickException("\n".join(told)) from refusal
    except AppError as refusal:
        raise click.ClickException(refusal.text()) from refusal
    except SQLAlchemyError as error:
        refused = translated(error)
        if refused is None:
            raise
        raise click.ClickException(refused.text()) from error
