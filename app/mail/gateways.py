"""The mail server, spoken to by SMTP."""

import threading
from contextlib import suppress
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from flask import Flask, current_app
from flask_mailman import EmailMultiAlternatives, Mail

from app.core.clock import monotonic
from app.core.settings import Settings
from app.mail.models import Email
from app.mail.rendering import as_delivered

# A line that was used so lately is not asked whether somebody still answers.
FRESH_SECONDS = 1.0


def init_app(app: Flask, settings: Settings) -> None:
    """Tell Flask-Mailman where the server is."""
    app.config.update(
        MAIL_SERVER=settings.smtp_host,
        MAIL_PORT=settings.smtp_port,
        MAIL_USERNAME=settings.smtp_username or None,
        MAIL_PASSWORD=settings.smtp_password or None,
        MAIL_USE_TLS=settings.smtp_tls == "starttls",
        MAIL_USE_SSL=settings.smtp_tls == "tls",
        MAIL_TIMEOUT=settings.smtp_timeout_seconds,
        MAIL_DEFAULT_SENDER=settings.mail_from,
        MAIL_BACKEND="smtp",
    )
    Mail(app)
    app.extensions["holdfast.mail_lines"] = threading.local()
    app.extensions["holdfast.mail_greeting"] = greet


def deliver(email: Email) -> None:
    """Hand the mail over; returns as soon as the server took it, whatever it does afterwards.

    The line to the server is kept for the next mail of this thread, unless something went wrong on it.
    """
    line = _line()
    try:
        line.send_messages([_message(email)])
    except BaseException:
        _hang_up(line)
        raise
    _kept().line, _kept().since = line, monotonic()


def greet() -> None:
    """Meet the mail server, sign in where that is set, and send nothing; raises what went wrong."""
    line = current_app.extensions["mailman"].get_connection()
    try:
        line.open()
        line.connection.noop()
    finally:
        _hang_up(line)


def is_refusal(fault: Exception) -> bool:
    """Whether it is this mail that was not taken, and not the line that broke."""
    return isinstance(fault, ValueError | SMTPResponseException | SMTPRecipientsRefused)


def _line() -> Any:
    """The line that was kept, if somebody still answers there, or a new one."""
    kept = _kept()
    line, kept.line = getattr(kept, "line", None), None
    if line is not None and monotonic() - kept.since > FRESH_SECONDS and not _answers(line):
        _hang_up(line)
        line = None
    if line is None:
        line = current_app.extensions["mailman"].get_connection()
        line.open()
    return line


def _answers(line: Any) -> bool:
    with suppress(SMTPException, OSError):
        return bool(line.connection.noop()[0] == 250)
    return False


def _hang_up(line: Any) -> None:
    with suppress(SMTPException, OSError):
        line.close()


def _kept() -> threading.local:
    """What this thread keeps of the application."""
    found: threading.local = current_app.extensions["holdfast.mail_lines"]
    return found


def _message(email: Email) -> EmailMultiAlternatives:
    headers = {"Message-ID": email.message_id, "Auto-Submitted": "auto-generated"}
    parts = as_delivered(email)
    message = EmailMultiAlternatives(parts.subject, parts.text, to=[email.recipient], headers=headers)
    message.attach_alternative(parts.html, "text/html")
    return message
