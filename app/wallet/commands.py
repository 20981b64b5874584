"""The ledger from the command line."""

import sys

import click
from flask.cli import AppGroup, with_appcontext

from app.core import cli, invariants, money
from app.wallet import queries

ledger = AppGroup("ledger", help="The books of what customers have with us.")


@ledger.command("check")
@with_appcontext
def check() -> None:
    """Add the books up; a line for each rule and for each side, exit 1 when a rule is broken."""
    found = invariants.check("ledger.")
    for finding in found:
        click.echo(f"{'BROKEN' if finding.rows else 'ok    '}  {finding.invariant.name}: {finding.invariant.rule}")
        for row in finding.rows:
            click.echo(f"          {row}")
    with cli.work():
        for side in queries.books():
            click.echo(f"{side.account:<12} {money.show(side.total, side.currency):>20}  {side.entries:,} entries")
    sys.exit(1 if any(finding.rows for finding in found) else 0)


CLI = [ledger]
