"""Whatever the mail server does, and whoever dies: each mail arrives once, or its failure is known."""

import signal
from collections import Counter
from pathlib import Path

import pytest

from devstack.mailcatcher.mailbox import Mailbox
from tests.processes.crew import AT_REST_AFTER, SCHEDULER, WORKER, Crew
from tests.processes.post_office import Office, closed_port, open_catcher, open_office
from tests.processes.stack import FLASK, Stack
from tests.scale import scaled

pytestmark = pytest.mark.chaos

SECRET = "a-password-that-must-not-be-seen"
TROUBLES = ["refuses for now", "refuses the text", "refuses for good", "drops", "drops at the end", "hangs"]


def write(stack: Stack, count: int, *, key: str = "mail") -> None:
    """Mails and the jobs that deliver them, in one commit."""
    stack.sql(
        """
        WITH written AS (
            INSERT INTO emails (key, template, recipient, subject, html, text, message_id)
            SELECT %s || n, 'test', 'anna@example.test', 'Hello', '<p>Hello</p>', 'Hello',
                   '<' || %s || n || '@holdfast>'
            FROM generate_series(1, %s) AS n RETURNING id
        )
        INSERT INTO jobs (name, args, request_id)
        SELECT 'mail.deliver', jsonb_build_object('email_id', id), 'asked' FROM written
        """,
        key,
        key,
        count,
    )


def mails(stack: Stack) -> Counter[str]:
    """In which states the mails are."""
    return Counter(state for (state,) in stack.sql("SELECT state FROM emails"))


def arrived(mailbox: Mailbox) -> Counter[str]:
    """How often each mail arrived, by its Message-ID."""
    lines = (line for name in mailbox.names() for line in (mailbox.read(name) or b"").decode().splitlines())
    return Counter(line.partition(": ")[2] for line in lines if line.startswith("Message-ID: "))


def start(crew: Crew, port: int, **changes: str) -> None:
    """A scheduler and a worker that sends to this port."""
    crew.environment |= {"SMTP_PORT": str(port), "SMTP_TIMEOUT_SECONDS": "6", "JOBS_LEASE_SECONDS": "30", **changes}
    crew.keep(*SCHEDULER)
    crew.keep(*WORKER)


def test_a_server_in_every_bad_mood_and_then_in_a_good_one_gets_each_mail_once(stack: Stack, crew: Crew) -> None:
    moods, count = TROUBLES * scaled(10, least=1), scaled(300, least=12)
    office = Office(*moods)
    with open_office(office) as port:
        write(stack, count)
        start(crew, port, JOBS_ATTEMPTS="100")
        crew.until(lambda: mails(stack) == {"sent": count}, "all are sent", AT_REST_AFTER)
        crew.rests([])
    assert office.taken == {f"<mail{number}@holdfast>": 1 for number in range(1, count + 1)}
    assert office.conversations == count + len(moods)
    assert sum(attempts for (attempts,) in stack.sql("SELECT attempts FROM emails")) == office.conversations
    assert stack.sql("SELECT count(*) FROM emails WHERE error IS NOT NULL") == [(0,)]


def test_a_server_that_is_not_there_gets_each_mail_once_when_it_is(stack: Stack, crew: Crew) -> None:
    office, port = Office(), closed_port()
    write(stack, 3)
    start(crew, port.getsockname()[1], JOBS_ATTEMPTS="100")
    crew.until(lambda: stack.sql("SELECT 1 FROM emails WHERE error LIKE 'ConnectionRefused%%'"), "it was refused")
    assert mails(stack) == {"queued": 3}
    with open_office(office, port):
        crew.until(lambda: mails(stack) == {"sent": 3}, "all are sent")
    assert office.taken == {f"<mail{number}@holdfast>": 1 for number in (1, 2, 3)}


def test_a_server_that_takes_a_mail_and_does_not_say_so_gets_it_again_under_the_same_id(
    stack: Stack, crew: Crew
) -> None:
    office = Office("takes and drops")
    with open_office(office) as port:
        write(stack, 1)
        start(crew, port)
        crew.until(lambda: mails(stack) == {"sent": 1}, "it is sent")
    assert office.taken == {"<mail1@holdfast>": 2}


def test_a_mail_that_is_refused_for_good_has_failed_until_somebody_retries_it(stack: Stack, crew: Crew) -> None:
    office = Office(always="refuses for good")
    with open_office(office) as port:
        write(stack, 1)
        start(crew, port)
        crew.until(lambda: mails(stack) == {"failed": 1}, "it has failed")
        assert office.conversations == 3
        ((attempts, error),) = stack.sql("SELECT attempts, error FROM emails")
        assert (attempts, "550" in error, "Not here" in error) == (3, True, True)
        assert stack.sql("SELECT state, error FROM jobs WHERE name = 'mail.deliver'") == [("dead", error)]
        office.always = "works"
        assert stack.run(*FLASK, "jobs", "retry", "--all", "--name", "mail.deliver").stdout == "1 retried\n"
        crew.until(lambda: mails(stack) == {"sent": 1}, "it is sent")
    assert office.taken == {"<mail1@holdfast>": 1}
    assert stack.sql("SELECT state, error FROM jobs WHERE name = 'mail.deliver'") == [("done", None)]


@pytest.mark.parametrize("point", ["jobs.called", "jobs.before_commit"])
def test_a_worker_killed_before_it_wrote_down_a_sent_mail_sends_that_one_again_under_its_id(
    stack: Stack, crew: Crew, tmp_path: Path, point: str
) -> None:
    count = scaled(100)
    with open_catcher(tmp_path / "mails") as (port, mailbox):
        write(stack, count)
        crew.environment |= {"SMTP_PORT": str(port)}
        crew.keep(*SCHEDULER)
        worker = crew.keep(*WORKER, HOLDFAST_CRASH_POINT=point)
        crew.until(lambda: mails(stack) == {"sent": count}, "all are sent", AT_REST_AFTER)
        crew.rests([])
        assert worker.ends == [-signal.SIGKILL]
        counts = sorted(arrived(mailbox).values())
    assert counts == [1] * (count - 1) + [2]


def test_the_test_mail_of_the_command_line_arrives(stack: Stack, crew: Crew, tmp_path: Path) -> None:
    with open_catcher(tmp_path / "mails") as (port, mailbox):
        start(crew, port)
        assert "anna@example.test is queued" in stack.run(*FLASK, "mail", "test", "anna@example.test").stdout
        refused = stack.run(*FLASK, "mail", "test", "anna@example.test\r\nBcc: all@example.test")
        assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
        assert "is no address" in refused.stderr
        crew.until(lambda: mails(stack) == {"sent": 1}, "it is sent")
        (summary,) = mailbox.summaries(limit=9)
    assert list(summary.recipients) == ["anna@example.test"]


def test_the_password_of_the_mail_server_stands_in_no_row_and_no_log(stack: Stack, crew: Crew) -> None:
    office = Office()
    with open_office(office, login=True) as port:
        write(stack, 1)
        start(crew, port, SMTP_USERNAME="holdfast", SMTP_PASSWORD=SECRET)
        crew.until(lambda: mails(stack) == {"failed": 1}, "it has failed")
    assert SECRET.encode() in office.passwords
    rows = stack.sql("SELECT to_jsonb(jobs)::text FROM jobs UNION ALL SELECT to_jsonb(emails)::text FROM emails")
    told = crew.output.read_text() + "".join(row for (row,) in rows)
    assert "SMTPAuthenticationError" in told
    assert SECRET not in told
