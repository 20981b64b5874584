"""Mail from the command line."""

import click
from flask.cli import AppGroup

from app.core import context, db
from app.core.errors import AppError
from app.core.ids import uuid7
from app.mail import service

mail = AppGroup("mail", help="Mails.")


@mail.command("test")
@click.argument("recipient")
def send_test(recipient: str) -> None:
    """Send a test mail by the way that every mail takes: a row, a job, the mail server."""
    try:
        with context.surroundings(source="cli"), db.transaction():
            service.write(key=f"test:{uuid7().hex}", template="test", recipient=recipient, sender="The command line")
    except AppError as refusal:
        raise click.ClickException(refusal.text()) from refusal
    click.echo(f"A test mail to {recipient} is queued; its fate stands under Mails in the console.")


CLI = [mail]
