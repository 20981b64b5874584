"""Whether this host is ready: its settings, the folder of its figures, the way to the mail server."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from smtplib import SMTPException

from flask import current_app

from app.core.settings import Settings
from app.core.web import settings_of
from app.operations.checks.check import BAD, OK, WARNING, Check

LITTLE_ROOM = 200 * 1024 * 1024


def settings() -> Check:
    """They were read when this began; what is allowed and yet not meant for customers is told."""
    found = list(_doubts(settings_of(current_app)))
    if not found:
        return Check("Settings", OK, f"They are sound, for {settings_of(current_app).env}.")
    return Check("Settings", WARNING, " ".join(found), "docs/configuration.md has each setting.")


def _doubts(chosen: Settings) -> Iterator[str]:
    if not chosen.production:
        return
    if not chosen.public_url.startswith("https://"):
        yield "PUBLIC_URL is no https:// address, and links in mails begin with it."
    if not chosen.cookies_over_https_only:
        yield "COOKIE_SECURE=0 sends cookies over http too."
    if not chosen.ratelimit_enabled:
        yield "RATELIMIT_ENABLED=0 limits nobody."
    if not chosen.metrics_token:
        yield "METRICS_TOKEN is empty: keep /metrics from the outside by the proxy."


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
