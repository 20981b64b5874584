"""The mail server, spoken to by SMTP."""

from contextlib import suppress
from smtplib import SMTPException

from flask import Flask, current_app
from flask_mailman import EmailMultiAlternatives, Mail

from app.core.settings import Settings
from app.mail.models import Email
from app.mail.rendering import as_delivered


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


def deliver(email: Email) -> None:
    """Hand the mail over; returns as soon as the server took it, whatever it does afterwards."""
    connection = current_app.extensions["mailman"].get_connection()
    connection.open()
    try:
        connection.send_messages([_message(email)])
    finally:
        with suppress(SMTPException, OSError):
            connection.close()


def _message(email: Email) -> EmailMultiAlternatives:
    headers = {"Message-ID": email.message_id, "Auto-Submitted": "auto-generated"}
    parts = as_delivered(email)
    message = EmailMultiAlternatives(parts.subject, parts.text, to=[email.recipient], headers=headers)
    message.attach_alternative(parts.html, "text/html")
    return message
