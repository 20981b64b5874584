"""Mail from the command line."""

import click

from app.core import cli
from app.core.ids import uuid7
from app.mail import service

mail = cli.Group("mail", help="Mails.")


@mail.command("test")
@click.argument("recipient")
@cli.as_json
def send_test(recipient: str, *, as_json: bool) -> None:
    """Send a test mail by the way that every mail takes: a row, a job, the mail server."""
    with cli.work():
        service.write(key=f"test:{uuid7().hex}", template="test", recipient=recipient, sender="The command line")
    line = f"A test mail to {recipient} is queued; its fate stands under Mails in the console."
    cli.tell({"recipient": recipient, "state": "queued"}, line, as_json=as_json)


CLI = [mail]
