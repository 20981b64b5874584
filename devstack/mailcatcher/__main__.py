"""`python -m devstack.mailcatcher FOLDER SMTP HTTP`: each side where `devstack.ports.given` finds it."""

import asyncio
import signal
import sys
import threading
from pathlib import Path

from devstack.folders import private_folder
from devstack.mailcatcher.mailbox import Mailbox
from devstack.mailcatcher.smtp import serve_smtp
from devstack.mailcatcher.web import MailServer
from devstack.ports import given


async def main(folder: str, smtp: str, http: str) -> None:
    """Serves both sides until SIGTERM."""
    mailbox = Mailbox(private_folder(Path(folder)))
    pages = MailServer(given(http), mailbox)
    serving = asyncio.ensure_future(serve_smtp(given(smtp), mailbox))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    await asyncio.wait([serving])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
