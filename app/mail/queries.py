"""Reading mails."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select

from app.core.db import session
from app.core.pagination import Ordering, Page, counted, page_of, paged
from app.mail.errors import EmailNotFound
from app.mail.models import Email

E = Email.__table__.c
_NEWEST = Ordering("emails:newest", (E.id,), ("id",), descending=True)
SHOWN = 50
COUNTED = ("queued", "failed")
_LISTED = select(E.id, E.recipient, E.subject, E.template, E.state, E.attempts, E.error, E.created_at, E.sent_at)


@dataclass(frozen=True)
class EmailFilter:
    """Which mails are meant."""

    state: str = ""
    q: str = ""


def email(email_id: int) -> Email:
    """One mail."""
    found = session().get(Email, email_id)
    if found is None:
        raise EmailNotFound(email_id=email_id)
    return found


def unsent(email_ids: Sequence[int]) -> Sequence[Email]:
    """Those of these mails that no server took yet."""
    waiting = select(Email).where(E.id.in_(email_ids), E.state != "sent").order_by(E.id)
    return session().scalars(waiting).all()


def page(which: EmailFilter, *, limit: int, cursor: str | None) -> Page:
    """One page of mails, newest first."""
    statement = paged(_filtered(_LISTED, which), _NEWEST, limit=limit, cursor=cursor)
    return page_of(session().execute(statement).all(), _NEWEST, limit)


def count(which: EmailFilter) -> int:
    """How many there are, counted to 10,000 at most."""
    return session().scalar(counted(_filtered(select(E.id), which))) or 0


def any_sent() -> bool:
    """Whether the mail server ever took a mail."""
    return session().scalar(select(E.id).where(E.state == "sent").limit(1)) is not None


def about(begins: str) -> Sequence[Any]:
    """The mails whose key begins so, and those that were sent again, the oldest first."""
    mine = _LISTED.where(E.key.startswith(begins, autoescape=True))
    first = session().execute(mine.order_by(E.id).limit(SHOWN)).all()
    again = [E.key.startswith(f"resend:{mail.id}:", autoescape=True) for mail in first]
    repeats = session().execute(_LISTED.where(or_(*again)).order_by(E.id).limit(SHOWN)).all() if again else []
    return [*first, *repeats]


def _filtered(statement: Select[Any], which: EmailFilter) -> Select[Any]:
    if which.state:
        statement = statement.where(E.state == which.state)
    return statement.where(E.recipient.icontains(which.q, autoescape=True)) if which.q else statement


def counts() -> Any:
    """How many mails wait and how many failed, each counted to 10,000 at most."""
    found = (counted(select(E.id).where(E.state == state)).scalar_subquery().label(state) for state in COUNTED)
    return session().execute(select(*found)).one()
