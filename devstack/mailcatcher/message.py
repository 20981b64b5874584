"""What can be shown of a mail, however broken it is."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser

UNREADABLE = "(unreadable)"


@dataclass(frozen=True)
class Summary:
    """A line of the list."""

    id: str
    received_at: str
    sender: str
    recipients: tuple[str, ...]
    subject: str


@dataclass(frozen=True)
class Content:
    """The readable parts of a mail."""

    headers: list[tuple[str, str]]
    text: str
    html: str
    attachments: list[str]


def summary(name: str, raw: bytes) -> Summary:
    """Sender and recipients are the envelope's: what the headers say may be anything."""
    message = _parsed(raw, headers_only=True)
    received = datetime.fromtimestamp(int(name.partition("-")[0]) / 1e9, UTC)
    return Summary(
        id=name,
        received_at=received.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        sender=_header(message, "Return-Path").strip("<>"),
        recipients=tuple(part.strip() for part in _header(message, "X-Envelope-To").split(",") if part.strip()),
        subject=_header(message, "Subject"),
    )


def content(raw: bytes) -> Content:
    """Headers, text, HTML and the names of attachments."""
    message = _parsed(raw)
    names = ("From", "To", "Cc", "Subject", "Date", "Message-ID", "List-Unsubscribe")
    return Content(
        headers=[(name, value) for name in names if (value := _header(message, name))],
        text=_body(message, "plain"),
        html=_body(message, "html"),
        attachments=_attachments(message),
    )


def _parsed(raw: bytes, *, headers_only: bool = False) -> EmailMessage:
    return BytesParser(EmailMessage, policy=policy.default).parsebytes(raw, headersonly=headers_only)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except Exception:  # noqa: BLE001 - the standard parser raises many kinds of errors on hostile headers
        return UNREADABLE


def _body(message: EmailMessage, kind: str) -> str:
    try:
        part = message.get_body(preferencelist=(kind,))
        return "" if part is None else _decoded(part)
    except Exception:  # noqa: BLE001 - the same: broken MIME must be shown as such, not end the page
        return UNREADABLE


def _decoded(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        return raw.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


def _attachments(message: EmailMessage) -> list[str]:
    try:
        return [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
    except Exception:  # noqa: BLE001 - the same
        return [UNREADABLE]
