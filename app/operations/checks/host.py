"""Whether this host is ready: the folder of its figures, the way to the mail server."""

import os
import shutil
import tempfile
from pathlib import Path
from smtplib import SMTPException

from flask import current_app

from app.core.settings import Settings
from app.core.web import settings_of
from app.operations.checks.check import BAD, OK, WARNING, Check

LITTLE_ROOM = 200 * 1024 * 1024


def figures() -> Check:
    """Whether the folder in which processes count can be written."""
    folder = _folder(settings_of(current_app))
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest) as probe:
            probe.write(b"\0" * 65_536)
    except OSError as fault:
        advice = "Give it to the user of the processes, or set PROMETHEUS_MULTIPROC_DIR to a folder that is writable."
        return Check("Figures", BAD, f"{folder} cannot be written: {fault.strerror}.", advice)
    free = shutil.disk_usage(nearest).free
    if free < LITTLE_ROOM:
        return Check("Figures", WARNING, f"{folder} has only {free // 1024**2} MB of room.", "Make room on its disk.")
    return Check("Figures", OK, f"{folder} can be written.")


def _folder(chosen: Settings) -> Path:
    """As deploy/gunicorn.conf.py names it."""
    given = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return Path(given or Path(chosen.home) / "run" / f"metrics-web-{chosen.port}").absolute()


def mail() -> Check:
    """Whether the mail server speaks with us; no mail is sent."""
    chosen = settings_of(current_app)
    address = f"{chosen.smtp_host}:{chosen.smtp_port}"
    try:
        current_app.extensions["holdfast.mail_greeting"]()
    except (OSError, SMTPException, ValueError) as fault:
        advice = "Mails wait and are sent later. Look at the server and at SMTP_*; flask mail test sends one."
        return Check("Mail server", BAD, f"{address} does not take us: {fault}", advice)
    return Check("Mail server", OK, f"{address} takes us.")
