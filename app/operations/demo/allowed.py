"""Where demo data may go."""

import click

from app.core.settings import Settings


def refuse_elsewhere(settings: Settings, *, force: bool) -> None:
    """Demo data belongs into a database that is there for it."""
    if settings.production:
        raise click.ClickException("This is production: no demo data goes in here.")
    if not (settings.embedded or force):
        raise click.ClickException("This database was not made by `make run`. With --force it goes in all the same.")
