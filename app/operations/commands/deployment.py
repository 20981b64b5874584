"""Settings, migrations, demo data, and what must never be."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

import click
from flask import current_app
from flask.cli import ScriptInfo, pass_script_info, with_appcontext
from flask_migrate import upgrade

from app.core import cli, db, logging, settings
from app.core.web import HoldfastApp, settings_of
from app.operations import service
from app.operations.demo import race, seed
from app.operations.demo.allowed import refuse_elsewhere
from app.operations.demo.live import live
from app.operations.demo.pay import pay
from app.operations.schema import Schema, schema_here

config = cli.Group("config", help="The settings of this deployment.")
demo = cli.Group("demo", help="Demo data, and what many buyers at once do to a few units.")
forced = click.option("--force", is_flag=True, help="Also into a database that no `make run` made.")


@config.command("check")
@cli.as_json
def check(*, as_json: bool) -> None:
    """Read every setting; list all faults at once and exit with 2."""
    # Every command reads them before it begins, and ends there when they have faults (app.factory).
    cli.tell({"faults": []}, "The configuration is sound.", as_json=as_json)


@config.command("example")
@click.option("--write", is_flag=True, help="Write .env.example in place of printing it.")
def example(*, write: bool) -> None:
    """Print .env.example as the settings define it."""
    if write:
        Path(".env.example").write_text(settings.example(), encoding="utf-8")
    else:
        click.echo(settings.example(), nl=False)


@click.command("prepare", cls=cli.Command)
@cli.as_json
@with_appcontext
def prepare(*, as_json: bool) -> None:
    """Migrate, make the first admin, and fill an embedded database with demo data."""
    newer = _is_of_a_newer_version()
    if not newer:
        upgrade()
    with cli.work():
        made = list(service.fill(settings_of(current_app)))
    kept = ["The schema is of a newer version than this code, and stays as it is."] if newer else []
    cli.tell({"migrated": not newer, "made": made}, *kept, *made, as_json=as_json)


def _is_of_a_newer_version() -> bool:
    """Whether a version that went back stands before the schema that its successor left."""
    with db.statement():
        return schema_here().state is Schema.UNKNOWN


@click.command("invariants", cls=cli.Command)
@cli.as_json
@with_appcontext
def invariants(*, as_json: bool) -> None:
    """Look for what must never be; a line for each rule, exit 1 when one is broken."""
    found = service.check_invariants()
    if as_json:
        cli.say([finding.facts() for finding in found])
    else:
        cli.say_findings(found)
    sys.exit(1 if any(finding.rows for finding in found) else 0)


@demo.command("seed")
@click.option("--scale", type=click.Choice([scale.name for scale in seed.SCALES]), default="s", show_default=True)
@forced
@cli.as_json
def grow(*, scale: str, force: bool, as_json: bool) -> None:
    """Fill in stores, products, customers and segments: 500, 50,000 or 1,000,000 customers. Again changes nothing."""
    refuse_elsewhere(settings_of(current_app), force=force)
    with cli.work():
        service.wait_for_others()
        made = list(seed.grow(scale, _watched))
    cli.tell({"made": made}, *made, as_json=as_json)


@demo.command("race")
@click.option("--stock", type=click.IntRange(1, 1000), default=5, show_default=True)
@click.option("--buyers", type=click.IntRange(1, 2000), default=50, show_default=True)
@forced
@cli.as_json
@pass_script_info
def start_race(script: ScriptInfo, *, stock: int, buyers: int, force: bool, as_json: bool) -> None:
    """Let many customers ask at once for one unit each of a product that has few; exit 1 if a number is wrong."""
    refuse_elsewhere(settings_of(current_app), force=force)
    app = cast("HoldfastApp", script.load_app())
    logging.configure(level="error", fmt="console")
    with cli.work():
        asked = race.prepared(stock, buyers)
    place = race.address(app, asked)
    outcome = race.run(app, asked, place)
    with cli.work():
        race.clear(outcome)
    stays = f"The units are free again; product {asked.product_id} stays, inactive, and the customers racer-…."
    cli.tell(outcome.facts() | {"address": place}, *race.told(outcome, place), stays, as_json=as_json)
    sys.exit(0 if outcome.is_right else 1)


demo.add_command(live)
demo.add_command(pay)


def _watched(chunks: Sequence[range], label: str) -> Iterable[range]:
    """The chunks, with a bar that grows with each."""
    with click.progressbar(chunks, label=label, file=sys.stderr) as bar:
        yield from bar
