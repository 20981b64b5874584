"""`flask ops`: backups that are whole, and the proof that one can be restored."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType

import click
import psycopg2
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from app.core import cli, logging
from app.core.web import settings_of
from app.operations.backups import dumped, restored
from app.operations.backups.place import BackupError
from app.operations.checks.check import BAD, worst
from app.operations.commands.awaiting import await_schema
from app.operations.commands.lines import shown

ops = cli.Group("ops", help="Backups, whether one can be restored, and the schema.")
ops.add_command(await_schema)


@ops.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE when it exists.")
@cli.as_json
def backup(file: Path, *, force: bool, as_json: bool) -> None:
    """Write the database into FILE by pg_dump (custom format); FILE is whole or not there."""
    with _refusing():
        made = dumped.dump(settings_of(current_app), file, force=force)
    line = f"{file}: {made.size:,} bytes, of PostgreSQL {made.server}, by pg_dump {made.program}."
    cli.tell(asdict(made) | {"file": str(file)}, line, as_json=as_json)


@ops.command("restore-check")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@cli.as_json
def restore_check(file: Path, *, as_json: bool) -> None:
    """Restore FILE into a scratch database, check it there and drop it; exit 1 when something is bad."""
    with _refusing():
        found = list(shown(restored.checks(settings_of(current_app), file), silent=as_json))
    if as_json:
        cli.say({"file": str(file), "worst": worst(found), "checks": [check.facts() for check in found]})
    sys.exit(1 if worst(found) == BAD else 0)


@contextmanager
def _refusing() -> Iterator[None]:
    """A refusal is a sentence; whoever is told to end still tidies up."""
    logging.errors_only()
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    except (BackupError, OSError, psycopg2.Error, SQLAlchemyError) as refusal:
        raise click.ClickException(str(refusal).strip()) from refusal
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
