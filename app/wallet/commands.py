"""The ledger from the command line."""

import sys

import click

from app.core import cli, invariants, money
from app.wallet import queries

ledger = cli.Group("ledger", help="The books of what customers have with us.")


@ledger.command("check")
@cli.as_json
def check(*, as_json: bool) -> None:
    """Add the books up; a line for each rule and for each side, exit 1 when a rule is broken."""
    found = invariants.check("ledger.")
    with cli.work():
        sides = queries.books()
    if as_json:
        cli.say({"rules": [finding.facts() for finding in found], "sides": [side._asdict() for side in sides]})
    else:
        cli.say_findings(found)
        for side in sides:
            click.echo(f"{side.account:<12} {money.show(side.total, side.currency):>20}  {side.entries:,} entries")
    sys.exit(1 if any(finding.rows for finding in found) else 0)


CLI = [ledger]
