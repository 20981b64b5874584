"""Mails are written once for each key, with their job, in the transaction of what they tell."""

from collections.abc import Iterator

import pytest

from app.core import context, db
from app.core.web import HoldfastApp
from app.jobs.events import JobDied
from app.mail import service
from app.mail.errors import EmailNotFound, RecipientInvalid
from app.mail.jobs import deliver
from app.mail.subscribers import delivery_died
from tests.api.parallel import at_once, rows

JOB = "SELECT args ->> 'email_id' FROM jobs WHERE name = 'mail.deliver' ORDER BY id"
TEST = {"template": "test", "recipient": "anna@example.test", "sender": "A test"}


@pytest.fixture(autouse=True)
def _inside(app: HoldfastApp, clean: None) -> Iterator[None]:
    with app.app_context(), context.surroundings(source="job"):
        yield


def written(key: str, **changes: str) -> bool:
    """A mail of this key, committed."""
    with db.transaction():
        return service.write(key=key, **(TEST | changes))


def test_writers_of_one_key_at_once_write_one_mail_and_ask_for_one_delivery(app: HoldfastApp) -> None:
    assert sorted(at_once(app, 8, lambda _: written("order:1"))) == [False] * 7 + [True]
    assert not written("order:1", recipient="somebody@example.test")
    assert rows("SELECT key, recipient, state FROM emails") == [("order:1", "anna@example.test", "queued")]
    ((email_id,),) = rows("SELECT id FROM emails")
    assert rows(JOB) == [(str(email_id),)]


def test_a_mail_of_what_is_undone_is_not_there() -> None:
    def written_in_vain() -> None:
        with db.transaction():
            service.write(key="order:1", **TEST)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        written_in_vain()
    assert rows("SELECT id FROM emails UNION ALL SELECT id FROM jobs") == []
    assert written("order:1")


def test_a_mail_that_is_resent_is_a_second_one_that_says_the_same() -> None:
    written("order:1")
    ((first,),) = rows("SELECT id FROM emails")
    with db.transaction():
        second = service.resend(email_id=first)
    same = "SELECT DISTINCT template, recipient, subject, text, html FROM emails"
    assert len(rows(same)) == 1
    assert len(rows("SELECT DISTINCT message_id FROM emails")) == 2
    assert rows("SELECT id, resend_of, state FROM emails ORDER BY id") == [
        (first, None, "queued"),
        (second, first, "queued"),
    ]
    assert rows(JOB) == [(str(first),), (str(second),)]
    assert rows("SELECT object_id FROM audit_log WHERE action = 'email.resent'") == [(str(first),)]
    with pytest.raises(EmailNotFound), db.transaction():
        service.resend(email_id=0)


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "anna",
        "a@b@c",
        "a@b\r\nBcc: c@d",
        "a@b,c@d",
        "a@b;c@d",
        "<a@b>",
        "a b@c",
        "a@b\0",
        "a@b\u2028c",
        "\u202ea@b",
    ],
)
def test_what_is_no_address_is_refused(recipient: str) -> None:
    with pytest.raises(RecipientInvalid):
        written("order:1", recipient=recipient)
    assert rows("SELECT id FROM emails UNION ALL SELECT id FROM jobs") == []


def test_a_fault_after_the_mail_was_sent_changes_nothing_of_it() -> None:
    written("order:1")
    ((email_id,),) = rows("SELECT id FROM emails")
    with db.transaction():
        service.note_fault(email_id, "OSError: not now")
        service.mark_sent(email_id)
        service.note_fault(email_id, "OSError: too late")
        service.mark_sent(email_id)
        delivery_died(JobDied(1, "mail.deliver", {"email_id": email_id}))
    assert rows("SELECT state, attempts, error FROM emails") == [("sent", 2, None)]


def test_only_the_end_of_its_delivery_makes_a_mail_fail() -> None:
    written("order:1")
    ((email_id,),) = rows("SELECT id FROM emails")
    with db.transaction():
        delivery_died(JobDied(1, "mail.purge", {"email_id": email_id}))
    assert rows("SELECT state FROM emails") == [("queued",)]
    with db.transaction():
        delivery_died(JobDied(1, "mail.deliver", {"email_id": email_id}))
    assert rows("SELECT state FROM emails") == [("failed",)]


def test_a_mail_that_was_sent_is_not_handed_over_again() -> None:
    written("order:1")
    ((email_id,),) = rows("SELECT id FROM emails")
    with db.transaction():
        assert callable(next(deliver(email_id)))
        service.mark_sent(email_id)
    with db.transaction(), pytest.raises(StopIteration, match="sent before"):
        next(deliver(email_id))
