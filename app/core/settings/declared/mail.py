"""The mail server, and the log."""

from dataclasses import dataclass

from app.core.settings.parsing import one_of, seconds, setting, text, url, whole


@dataclass(frozen=True, kw_only=True)
class Mail:
    """The mail server, and the log."""

    mail_from: str = setting("MAIL_FROM", text, "Holdfast <no-reply@holdfast.example>", "Sender of every mail.")
    smtp_username: str = setting("SMTP_USERNAME", text, "", "Login at the mail server, if it wants one.")
    smtp_password: str = setting("SMTP_PASSWORD", text, "", "Its password.", secret=True)
    smtp_tls: str = setting("SMTP_TLS", one_of("none", "starttls", "tls"), "none", "How the mail server is spoken to.")
    smtp_timeout_seconds: float = setting(
        "SMTP_TIMEOUT_SECONDS", seconds(0.1, 120), "10", "Longest wait for the mail server."
    )
    smtp_host: str = setting("SMTP_HOST", text, "127.0.0.1", "Mail server.")
    smtp_port: int = setting("SMTP_PORT", whole(1, 65535), "1025", "Port of the mail server.")
    mail_ui_url: str = setting(
        "MAIL_UI_URL", url("http", "https"), "", "Page of the local mail catcher, linked from the console."
    )
    log_level: str = setting(
        "LOG_LEVEL", one_of("debug", "info", "warning", "error"), "info", "Least level that is logged."
    )
    log_format: str = setting("LOG_FORMAT", one_of("json", "console"), "json", "json for machines, console for people.")
