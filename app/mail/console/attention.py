"""What the home page says of mails: those that could not be sent, and whether any was."""

from collections.abc import Iterator

from flask import url_for

from app.core.pagination import capped
from app.core.panels import PANELS, Attention, Step
from app.mail import queries


def hang_up() -> None:
    """Tell the home page whom to ask."""
    PANELS.attention["mail"] = lambda: list(_failed())
    PANELS.steps["mail"] = lambda: Step(
        "Send a test mail to yourself", queries.any_sent(), url_for("mail_console.index"), 50
    )


def _failed() -> Iterator[Attention]:
    if failed := queries.counts().failed:
        title = "1 mail could not be sent" if failed == 1 else f"{capped(failed)} mails could not be sent"
        detail = "The delivery failed at every try."
        yield Attention(title, detail, url_for("mail_console.index", state="failed"), "Look into it", "error")
