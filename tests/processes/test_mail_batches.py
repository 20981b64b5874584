"""Mails to many go over one line, each marked as soon as the server took it, whatever becomes of the others."""

import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.processes.crew import AT_REST_AFTER, SCHEDULER, WORKER, Crew
from tests.processes.post_office import Office, open_catcher, open_office
from tests.processes.stack import Stack
from tests.processes.test_mail_faults import arrived, mails, start

pytestmark = pytest.mark.chaos

MAIL = '{"template": "test", "subject": "Hello", "text": "Hello", "html": "<p>Hello</p>"}'
WRITE = """
    SELECT mail_write(array_agg('many' || n), array_agg('anna' || n || '@example.test'), %s, '{}')
    FROM generate_series(1, %s) AS n
"""
JOBS = "SELECT DISTINCT state FROM jobs WHERE name = 'mail.deliver_many'"


@pytest.mark.parametrize("point", ["mail.taken:7", "jobs.called", "jobs.before_commit"])
def test_a_worker_killed_among_many_sends_one_of_them_again_at_most(
    stack: Stack, crew: Crew, tmp_path: Path, point: str
) -> None:
    with open_catcher(tmp_path / "mails") as (port, mailbox):
        stack.sql(WRITE, MAIL, 60)
        crew.environment |= {"SMTP_PORT": str(port), "JOBS_LEASE_SECONDS": "6"}
        crew.keep(*SCHEDULER)
        worker = crew.keep(*WORKER, HOLDFAST_CRASH_POINT=point)
        crew.until(lambda: worker.ends and mails(stack) == {"sent": 60}, "all are sent", 60)
        crew.rests([])
        assert worker.ends == [-signal.SIGKILL]
        counts = Counter(arrived(mailbox).values())
    assert counts == ({1: 59, 2: 1} if point.startswith("mail") else {1: 60})
    assert stack.sql(JOBS) == [("done",)]


def test_of_many_the_ones_that_are_refused_are_tried_again_and_the_others_are_sent_once(
    stack: Stack, crew: Crew
) -> None:
    office = Office("works", "refuses for now", "works", "refuses the text", "drops", "works", "hangs")
    with open_office(office) as port:
        stack.sql(WRITE, MAIL, 30)
        start(crew, port, JOBS_ATTEMPTS="100")
        crew.until(lambda: mails(stack) == {"sent": 30}, "all are sent", AT_REST_AFTER)
        crew.rests([])
    assert set(office.taken.values()) == {1}
    assert len(office.taken) == 30


def test_of_many_the_one_that_is_never_taken_has_failed_and_a_retry_sends_it_alone(stack: Stack, crew: Crew) -> None:
    office = Office(*["works"] * 3, always="refuses for good")
    with open_office(office) as port:
        stack.sql(WRITE, MAIL, 4)
        start(crew, port)
        crew.until(lambda: mails(stack) == {"sent": 3, "failed": 1}, "one has failed")
        office.always = "works"
        stack.run("-m", "flask", "--app", "wsgi", "jobs", "retry", "--all", "--name", "mail.deliver_many")
        crew.until(lambda: mails(stack) == {"sent": 4}, "it is sent")
    assert sorted(office.taken.values()) == [1, 1, 1, 1]
