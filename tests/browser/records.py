"""Jobs, mails and audit entries written straight into the tables of the running stack."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2

from tests.browser.stack import Stack

TRACEBACK = 'Traceback (most recent call last):\n  File "app/mail/gateways.py", line 33, in deliver\nOSError: refused'
HTML = "<!DOCTYPE html><html><body><h1>Hello</h1>{}</body></html>"


def written(stack: Stack, statement: str, values: list[Any]) -> Any:
    """The first column of the first row that a statement returns, if it returns one."""
    with psycopg2.connect(stack.database_url) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone() if cursor.description else None
    connection.close()
    return row[0] if row else None


def make_job(stack: Stack, state: str = "queued", *, name: str = "mail.deliver", **facts: Any) -> int:
    """A job in this state."""
    ended = state not in {"queued", "running"}
    row = {"name": name, "args": json.dumps({"email_id": 1}), "state": state, "request_id": "r" * 32, "attempts": 0}
    if ended:
        row |= {"started_at": "2030-01-01T00:00:00Z", "finished_at": "2030-01-01T00:00:01.5Z"}
    if state == "dead":
        row |= {"error": "OSError: refused", "traceback": TRACEBACK, "attempts": 8}
    job_id: int = _inserted(stack, "jobs", row | facts)
    return job_id


def make_mail(stack: Stack, key: str, state: str = "sent", *, body: str = "", **facts: Any) -> int:
    """A mail in this state."""
    row = {"key": key, "template": "test", "recipient": f"{key}@example.test", "subject": f"About {key}"}
    row |= {"html": HTML.format(body), "text": "Hello\n", "message_id": f"<{key}@holdfast>", "state": state}
    if state == "sent":
        row["sent_at"] = "2030-01-01T00:00:00Z"
    email_id: int = _inserted(stack, "emails", row | facts)
    return email_id


def make_entry(stack: Stack, actor: str, **facts: Any) -> int:
    """An audit entry of this actor."""
    row = {"actor_id": 7, "actor_name": actor, "actor_role": "operator", "action": "order.paid", "source": "api"}
    row |= {"object_type": "order", "object_id": "5", "request_id": "q" * 32, "old": {}, "new": {}} | facts
    entry_id: int = _inserted(stack, "audit_log", row | {side: json.dumps(row[side]) for side in ("old", "new")})
    return entry_id


def state_of(stack: Stack, table: str, row_id: int) -> str:
    """The state that a row has now."""
    return str(written(stack, f"SELECT state FROM {table} WHERE id = %s", [row_id]))  # noqa: S608 - a table of ours


def prefer(stack: Stack, username: str | None, theme: str) -> None:
    """This user prefers this theme, and else what everybody has at first."""
    plain = "UPDATE users SET theme = %s, zone = '', shortcuts = true WHERE username = %s"
    written(stack, plain, [theme, username])


def forget_jobs(stack: Stack) -> None:
    """No job is left."""
    written(stack, "DELETE FROM jobs", [])


@contextmanager
def locked(stack: Stack, table: str) -> Iterator[None]:
    """Nobody can read the table meanwhile."""
    connection = psycopg2.connect(stack.database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        connection.close()


def _inserted(stack: Stack, table: str, row: dict[str, Any]) -> Any:
    columns, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    statement = f"INSERT INTO {table} ({columns}) VALUES ({marks}) RETURNING id"  # noqa: S608 - a table of ours
    return written(stack, statement, list(row.values()))
