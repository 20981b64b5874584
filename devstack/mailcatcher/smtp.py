"""The SMTP side: a message is accepted only when it is on disk."""

import asyncio
import socket

from aiosmtpd.smtp import SMTP, Envelope, Session

from devstack.mailcatcher.mailbox import Mailbox

LARGEST_MAIL = 10 * 1024 * 1024


class Keeper:
    """aiosmtpd asks it what to answer."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Answers 250 after the mail was synced to disk, 451 when it could not be."""
        try:
            await asyncio.to_thread(
                self._mailbox.keep, envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b""
            )
        except OSError as error:
            return f"451 Requested action aborted: {error.strerror}"
        return "250 OK"


async def serve_smtp(listener: socket.socket, mailbox: Mailbox) -> None:
    """Takes mails until it is cancelled."""

    def conversation() -> SMTP:
        return SMTP(Keeper(mailbox), data_size_limit=LARGEST_MAIL, hostname="localhost", ident="Holdfast mail catcher")

    server = await asyncio.get_running_loop().create_server(conversation, sock=listener)
    async with server:
        await server.serve_forever()
