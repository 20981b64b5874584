"""`python -m devstack.partner FOLDER HTTP`: where `devstack.ports.given` finds it, and the key of the environment."""

import os
import signal
import sys
import threading
from pathlib import Path

from devstack.folders import private_folder
from devstack.partner.behaviour import Behaviour
from devstack.partner.ledger import Ledger
from devstack.partner.service import Partner
from devstack.partner.web import PartnerServer
from devstack.ports import given


def main(folder: str, http: str) -> None:
    """Serves until SIGTERM."""
    ledger = Ledger(private_folder(Path(folder)) / "ledger.jsonl")
    partner = Partner(ledger, Behaviour.from_environment("PARTNER", os.environ))
    pages = PartnerServer(given(http), partner, os.environ["PARTNER_KEY"])
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    signal.sigwait([signal.SIGTERM])


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    main(*sys.argv[1:])
