"""Commands that run a deployment."""

import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade

from app.core import context, db, settings
from app.core.web import settings_of
from app.operations import service

config = AppGroup("config", help="The settings of this deployment.")


@config.command("check")
def check() -> None:
    """Read every setting; list all faults at once and exit with 2."""
    try:
        settings.load()
    except settings.SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    click.echo("The configuration is sound.")


@config.command("example")
@click.option("--write", is_flag=True, help="Write .env.example in place of printing it.")
def example(*, write: bool) -> None:
    """Print .env.example as the settings define it."""
    if write:
        Path(".env.example").write_text(settings.example(), encoding="utf-8")
    else:
        click.echo(settings.example(), nl=False)


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """Migrate, make the first admin, and fill an embedded database with demo data."""
    upgrade()
    with context.surroundings(source="cli"), db.transaction():
        for line in service.fill(settings_of(current_app)):
            click.echo(line)


@click.command("invariants")
@with_appcontext
def invariants() -> None:
    """Look for what must never be; a line for each rule, exit 1 when one is broken."""
    broken = False
    for finding in service.check_invariants():
        broken = broken or bool(finding.rows)
        click.echo(f"{'BROKEN' if finding.rows else 'ok    '}  {finding.invariant.name}: {finding.invariant.rule}")
        for row in finding.rows:
            click.echo(f"          {row}")
    sys.exit(1 if broken else 0)


CLI = [config, prepare, invariants]
