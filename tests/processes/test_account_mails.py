"""A mailed link reaches its reader and nobody else: no row, no dead letter and no log has it."""

import re
from email import message_from_bytes, policy
from uuid import uuid4

import pytest

from tests.processes.crew import SCHEDULER, WORKER, Crew
from tests.processes.post_office import Office, open_office
from tests.processes.stack import PASSWORD, Stack

FLASK = ("-m", "flask", "--app", "wsgi")
TABLES = ("emails", "jobs", "audit_log", "mailed_links", "throttles", "users", "idempotency_keys", "sessions")
AUTH, NEW = "/api/v1/auth", "entirely another one"
STATES = "SELECT state, count(*) FROM emails GROUP BY state"
LINK = re.compile(r"http://127\.0\.0\.1:(\d+)(/console/[a-z/-]*?([a-z-]+)\?token=([0-9a-f]{32}\.[\w-]{43}))(?![\w-])")

pytestmark = pytest.mark.usefixtures("web")


def link_in(mail: bytes, stack: Stack) -> tuple[str, str]:
    """The page and the token of the one link that both parts of a mail have, and that shows a form with the token."""
    parts = [part for part in message_from_bytes(mail, policy=policy.default).walk() if not part.is_multipart()]
    found = {part.get_content_type(): set(LINK.findall(part.get_content())) for part in parts}
    assert found.keys() == {"text/plain", "text/html"}
    assert found["text/plain"] == found["text/html"]
    ((port, path, page, token),) = found["text/plain"]
    assert int(port) == stack.port
    assert token in stack.call("GET", path).text
    return page, token


def kept(stack: Stack, crew: Crew) -> str:
    """All that the system wrote down."""
    rows = [row for name in TABLES for (row,) in stack.sql(f"SELECT to_jsonb(t)::text FROM {name} AS t")]  # noqa: S608 - tables of ours
    return "\n".join([*rows, crew.output.read_text(), (stack.home / "output").read_text()])


def test_links_work_for_their_reader_and_stand_nowhere_else(stack: Stack, crew: Crew) -> None:
    name, office = f"u{uuid4().hex[:10]}", Office(always="refuses the text")
    ada = {"username": name, "email": f"{name}@example.test", "password": PASSWORD}
    with open_office(office) as port:
        crew.environment |= {"SMTP_PORT": str(port), "LOG_LEVEL": "debug", "JOBS_LEASE_SECONDS": "5"}
        crew.keep(*SCHEDULER)
        crew.keep(*WORKER)
        assert stack.call("POST", f"{AUTH}/register", json=ada).status_code == 201
        assert stack.call("POST", f"{AUTH}/password-reset", json={"email": ada["email"]}).status_code == 202
        crew.until(lambda: stack.sql(STATES) == [("failed", 2)], "both deliveries are dead letters")
        office.always = "works"
        assert stack.run(*FLASK, "jobs", "retry", "--all").stdout == "2 retried\n"
        crew.until(lambda: stack.sql(STATES) == [("sent", 2)], "both are sent")
    assert sorted(office.taken.values()) == [1, 1]
    tokens = dict(link_in(mail, stack) for mail in office.texts[-2:])
    verified = stack.call("POST", f"{AUTH}/email-verification/confirm", json={"token": tokens["verify-email"]})
    reset = {"token": tokens["confirm"], "new_password": NEW}
    assert verified.status_code == 204
    assert stack.call("POST", f"{AUTH}/password-reset/confirm", json=reset).status_code == 204
    logins = [{"username": name, "password": password} for password in (NEW, PASSWORD)]
    assert [stack.call("POST", f"{AUTH}/login", json=login).status_code for login in logins] == [200, 401]
    written = kept(stack, crew)
    assert written.count("[this link is only in the mail that was sent]") >= 4
    assert '"path":"/console/password-reset/confirm"' in written
    for secret in (NEW, *(token.partition(".")[2] for token in tokens.values())):
        assert secret not in written
