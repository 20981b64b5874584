"""A command as a unit of work: one commit at its end, and a refusal in one sentence with exit 1."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import SQLAlchemyError

from app.core import context, db
from app.core.errors import AppError, ValidationFailed
from app.core.sqlstate import translated


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
