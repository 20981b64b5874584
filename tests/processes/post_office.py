"""A mail server whose moods a test decides, and the mail catcher of the stack."""

import asyncio
import signal
import socket
import sys
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from devstack.mailcatcher.mailbox import Mailbox
from devstack.processes import end, spawn
from tests.processes.stack import ROOT


class Office:
    """Takes mails, but meets the first conversations with these moods; `always` is the mood after them."""

    def __init__(self, *moods: str, always: str = "works") -> None:
        self.moods, self.always = deque(moods), always
        self._mood = always
        self.taken: Counter[str] = Counter()
        self.texts: list[bytes] = []
        self.conversations = 0
        self.passwords: list[bytes] = []

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The first word about a mail."""
        self.conversations += 1
        self._mood = self.moods.popleft() if self.moods else self.always
        envelope.mail_from = address
        if self._mood == "hangs":
            await asyncio.Event().wait()
        if self._mood == "drops":
            hang_up(server)
        refusals = {"refuses for now": "451 4.3.0 Come back later", "refuses for good": "550 5.7.1 Not here"}
        return refusals.get(self._mood, "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """The mail itself."""
        self.texts.append(envelope.original_content or b"")
        if self._mood == "refuses the text":
            return "452 4.2.2 No room"
        if self._mood == "drops at the end":
            hang_up(server)
            return "250 OK"
        self.taken[str(message_from_bytes(self.texts[-1])["Message-ID"])] += 1
        if self._mood == "takes and drops":
            hang_up(server)
        return "250 OK"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        """Nobody is known here."""
        if isinstance(data, LoginPassword):
            self.passwords.append(data.password)
        return AuthResult(success=False, handled=False)


def hang_up(server: SMTP) -> None:
    """The line is dead at once."""
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


@contextmanager
def open_office(office: Office, listener: socket.socket | None = None, *, login: bool = False) -> Iterator[int]:
    """The office at its port, or at one that was closed until now."""
    options: dict[str, Any] = {"authenticator": office.authenticate, "auth_require_tls": False} if login else {}
    loop, listening = asyncio.new_event_loop(), listener or closed_port()
    loop.run_until_complete(loop.create_server(lambda: SMTP(office, **options), sock=listening))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(_hung_up(loop))
        listening.close()
        loop.close()


async def _hung_up(loop: asyncio.AbstractEventLoop) -> None:
    conversations = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for each in conversations:
        each.cancel()
    await asyncio.gather(*conversations, return_exceptions=True)


def closed_port() -> socket.socket:
    """A port at which nobody listens yet."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


@contextmanager
def open_catcher(folder: Path) -> Iterator[tuple[int, Mailbox]]:
    """The stack's own catcher: its port, and what it keeps."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    descriptors = [listener.fileno() for listener in listeners]
    command = [sys.executable, "-m", "devstack.mailcatcher", str(folder), *map(str, descriptors)]
    with (folder.parent / "catcher.log").open("ab") as output:
        program = spawn(command, env={}, cwd=ROOT, output=output, keep_open=descriptors)
    try:
        yield listeners[0].getsockname()[1], Mailbox(folder)
    finally:
        end(program, (signal.SIGTERM, 5.0))
        for listener in listeners:
            listener.close()
