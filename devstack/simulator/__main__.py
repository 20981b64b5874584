"""`python -m devstack.simulator FOLDER HTTP WEBHOOK_URL`: as the partner, and whom it tells of payments."""

import os
import signal
import sys
import threading
from pathlib import Path

from devstack.folders import private_folder
from devstack.ports import given
from devstack.simulator.api import Provider
from devstack.simulator.behaviour import Behaviour
from devstack.simulator.ledger import Ledger
from devstack.simulator.postman import Postman
from devstack.simulator.web import ProviderServer


def main(folder: str, http: str, webhook_url: str) -> None:
    """Serves until SIGTERM."""
    ledger = Ledger(private_folder(Path(folder)) / "ledger.jsonl")
    postman = Postman(ledger, webhook_url, os.environ["PAYMENT_WEBHOOK_SECRETS"].split(",")[0].strip())
    provider = Provider(ledger, postman, Behaviour.from_environment("SIMULATOR", os.environ))
    pages = ProviderServer(given(http), provider, os.environ["PAYMENT_PROVIDER_KEY"])
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    postman.start()
    signal.sigwait([signal.SIGTERM])


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    main(*sys.argv[1:])
