"""`flask ops await-schema`: who needs the schema starts when it is there, whoever migrates."""

from threading import Event

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from app.core import cli, clock, db, logging
from app.operations.schema import Schema, Standing, schema_here

ASKED_EVERY = 1.0
# What this code does not know was made by a newer version, and is usable by the one before.
ENOUGH = {Schema.HEAD, Schema.UNKNOWN}


@click.command("await-schema", cls=cli.Command)
@click.option("--seconds", type=click.FloatRange(0), default=600, show_default=True, help="Give up after so long.")
@cli.as_json
@with_appcontext
def await_schema(*, seconds: float, as_json: bool) -> None:
    """Return when the schema is what this code needs, or newer; exit 1 when that takes too long."""
    logging.errors_only()
    over = clock.monotonic() + seconds
    while (there := _usable()) is None:
        if clock.monotonic() > over:
            raise click.ClickException(f"The schema was not there within {seconds:g} s.")
        Event().wait(ASKED_EVERY)
    cli.tell({"revision": there.revision, "head": there.head}, "The schema is there.", as_json=as_json)


def _usable() -> Standing | None:
    """The schema when it is enough; a database that does not answer has none yet."""
    try:
        with db.statement():
            there = schema_here()
    except SQLAlchemyError:
        return None
    return there if there.state in ENOUGH else None
