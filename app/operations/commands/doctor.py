"""`flask doctor`: what is wrong with this deployment, and how to mend it."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from app.core import cli, logging
from app.operations.checks.check import BAD, OK, WARNING, Check, worst
from app.operations.checks.doctor import examine

WORDS = {OK: "ok  ", WARNING: "WARN", BAD: "BAD "}
ENDS = {
    OK: "Everything is well.",
    WARNING: "Nothing is bad; something needs a look.",
    BAD: "Something is bad.",
}


@click.command("doctor")
@click.option("--deep", is_flag=True, help="Check the invariants too, which reads whole tables.")
@cli.as_json
@with_appcontext
def doctor(*, deep: bool, as_json: bool) -> None:
    """Say what is wrong with this deployment and how to mend it; exit 1 when something is bad."""
    logging.errors_only()
    found = list(examine(deep=deep)) if as_json else list(_shown(examine(deep=deep)))
    if as_json:
        lines = [{name: value for name, value in asdict(check).items() if name != "page"} for check in found]
        cli.say({"worst": worst(found), "checks": lines})
    else:
        click.echo(ENDS[worst(found)])
    sys.exit(1 if worst(found) == BAD else 0)


def _shown(checks: Iterable[Check]) -> Iterator[Check]:
    """Each, as soon as it is known."""
    for check in checks:
        click.echo(f"{WORDS[check.level]}  {check.name}: {check.fact}")
        if check.advice:
            click.echo(f"      {check.advice}")
        yield check
