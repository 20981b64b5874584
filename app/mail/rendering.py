"""A mail from its template: subject, text, and HTML with the style written into the tags.

A link that opens something for whoever has it is not written into the row, which operators read: there stands a fixed
text, and the link takes its place when the mail is handed to the mail server.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import css_inline
from flask import render_template
from markupsafe import escape

from app.mail.models import Email

LINK = "[this link is only in the mail that was sent]"

# Template -> what makes the link from the mail's key.
FILLERS: dict[str, Callable[[str], str]] = {}


@dataclass(frozen=True)
class Rendered:
    """What a mail says."""

    subject: str
    text: str
    html: str


def rendered(template: str, values: dict[str, Any]) -> Rendered:
    """The three parts: `mail/<template>.html` and `.txt`, the subject being the text's first line."""
    values = {"link": LINK, **values} if template in FILLERS else values
    subject, _, text = render_template(f"mail/{template}.txt", **values).strip().partition("\n")
    html = css_inline.inline(render_template(f"mail/{template}.html", subject=subject, **values))
    return Rendered(" ".join(subject.split())[:200], text.strip() + "\n", html)


def as_delivered(email: Email) -> Rendered:
    """The same with its link, for the mail server alone."""
    if email.template not in FILLERS:
        return Rendered(email.subject, email.text, email.html)
    link = FILLERS[email.template](email.key)
    return Rendered(email.subject, email.text.replace(LINK, link), email.html.replace(LINK, escape(link)))
