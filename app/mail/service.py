"""Mails are written in the transaction of what they tell, and sent by a job.

Exactly one row for each key: a second writer of the same key writes nothing. The job talks to the server between two
short transactions, never inside one. A worker that dies after the server took the mail and before that is written down
sends it again under the same Message-ID; that is the one moment that SMTP leaves open.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.audit import service as audit
from app.core import db, jsons
from app.core.ids import uuid7
from app.jobs import service as jobs
from app.mail.errors import EmailHoldsLink, EmailNotFound, RecipientInvalid
from app.mail.models import Email
from app.mail.rendering import FILLERS, rendered

DELIVER, DELIVER_MANY = "mail.deliver", "mail.deliver_many"


def write(*, key: str, template: str, recipient: str, **values: Any) -> bool:
    """Write a mail and ask for its delivery; False when one with this key is there already."""
    if not recipient.isprintable() or recipient.count("@") != 1 or any(mark in recipient for mark in " ,;<>"):
        raise RecipientInvalid(recipient=recipient)
    parts = rendered(template, values)
    row = {"key": key, "template": template, "recipient": recipient, "message_id": f"<{uuid7().hex}@holdfast>"}
    made = insert(Email).values(**row, subject=parts.subject, text=parts.text, html=parts.html)
    email_id = db.session().scalar(made.on_conflict_do_nothing(index_elements=["key"]).returning(Email.id))
    if email_id is None:
        return False
    jobs.enqueue(DELIVER, email_id=email_id)
    return True


def drafted(*, template: str, **values: Any) -> str:
    """What a mail to many says, as the SQL function mail_write takes it (sql/write.sql)."""
    return jsons.dump({"template": template, **asdict(rendered(template, values))}).decode()


def fill_at_delivery(template: str, link_of: Callable[[str], str]) -> None:
    """Let `link` in this template be made from the mail's key when it is sent, and stand nowhere before."""
    FILLERS[template] = link_of


def holds_link(email: Email) -> bool:
    """Whether the mail has a link that only its reader sees."""
    return email.template in FILLERS


def resend(*, email_id: int) -> int:
    """Send what a mail says once more, as a mail of its own."""
    email = db.session().get(Email, email_id)
    if email is None:
        raise EmailNotFound(email_id=email_id)
    if holds_link(email):
        raise EmailHoldsLink
    copied = {name: getattr(email, name) for name in ("template", "recipient", "subject", "text", "html")}
    again = Email(
        **copied, key=f"resend:{email_id}:{uuid4().hex}", message_id=f"<{uuid7().hex}@holdfast>", resend_of=email_id
    )
    db.session().add(again)
    db.flush()
    jobs.enqueue(DELIVER, email_id=again.id)
    audit.record("email.resent", object_type="email", object_id=email_id, new={"as": again.id})
    return again.id


def mark_sent(email_id: int) -> None:
    """The server took it."""
    sent = {"state": "sent", "sent_at": func.clock_timestamp(), "error": None, "attempts": Email.attempts + 1}
    db.session().execute(update(Email).where(Email.id == email_id, Email.state != "sent").values(sent))


def note_fault(email_id: int, fault: str) -> None:
    """The server did not take it this time."""
    change = update(Email).where(Email.id == email_id, Email.state != "sent")
    db.session().execute(change.values(error=fault[:2000], attempts=Email.attempts + 1))


def mark_failed(*, email_id: int) -> None:
    """Its delivery is a dead letter; a retry of that may still send it."""
    change = update(Email).where(Email.id == email_id, Email.state == "queued")
    db.session().execute(change.values(state="failed"))


def purge(*, days: int) -> int:
    """Forget old mails."""
    old = select(Email.id).where(Email.created_at < func.clock_timestamp() - timedelta(days=days)).limit(10_000)
    return db.rows_of(db.session().execute(delete(Email).where(Email.id.in_(old))))
