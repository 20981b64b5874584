"""`flask doctor`: what is wrong with this deployment, and how to mend it."""

import sys

import click
from flask.cli import with_appcontext

from app.core import cli, logging
from app.core.redis import doorbell
from app.operations.checks.check import BAD, OK, WARNING, worst
from app.operations.checks.doctor import examine
from app.operations.commands.lines import shown

ENDS = {
    OK: "Everything is well.",
    WARNING: "Nothing is bad; something needs a look.",
    BAD: "Something is bad.",
}


@click.command("doctor", cls=cli.Command)
@click.option("--deep", is_flag=True, help="Check the invariants too, which reads whole tables.")
@cli.as_json
@with_appcontext
def doctor(*, deep: bool, as_json: bool) -> None:
    """Say what is wrong with this deployment and how to mend it; exit 1 when something is bad."""
    logging.errors_only()
    with doorbell().patient():
        found = list(shown(examine(deep=deep), silent=as_json))
    if as_json:
        cli.say({"worst": worst(found), "checks": [check.facts() for check in found]})
    else:
        click.echo(ENDS[worst(found)])
    sys.exit(1 if worst(found) == BAD else 0)
