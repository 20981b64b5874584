"""`python -m devstack.mailcatcher FOLDER SMTP_FD HTTP_FD`: the sockets are bound and inherited."""

import asyncio
import signal
import socket
import sys
import threading
from pathlib import Path

from devstack.folders import private_folder
from devstack.mailcatcher.mailbox import Mailbox
from devstack.mailcatcher.smtp import serve_smtp
from devstack.mailcatcher.web import MailServer


async def main(folder: str, smtp_fd: str, http_fd: str) -> None:
    """Serves both sides until SIGTERM."""
    mailbox = Mailbox(private_folder(Path(folder)))
    pages = MailServer(socket.socket(fileno=int(http_fd)), mailbox)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    serving = asyncio.ensure_future(serve_smtp(socket.socket(fileno=int(smtp_fd)), mailbox))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    await asyncio.wait([serving])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
