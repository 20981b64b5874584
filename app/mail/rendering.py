"""A mail from its template: subject, text, and HTML with the style written into the tags."""

from dataclasses import dataclass
from typing import Any

import css_inline
from flask import render_template


@dataclass(frozen=True)
class Rendered:
    """What a mail says."""

    subject: str
    text: str
    html: str


def rendered(template: str, values: dict[str, Any]) -> Rendered:
    """The three parts: `mail/<template>.html` and `.txt`, the subject being the text's first line."""
    subject, _, text = render_template(f"mail/{template}.txt", **values).strip().partition("\n")
    html = css_inline.inline(render_template(f"mail/{template}.html", subject=subject, **values))
    return Rendered(" ".join(subject.split())[:200], text.strip() + "\n", html)
