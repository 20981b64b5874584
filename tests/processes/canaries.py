"""Secrets that are known to be in use, and every place where none of them may ever be found."""

import socket
from collections.abc import Iterator
from pathlib import Path

from tests.processes.stack import Stack

# One word for each secret of a deployment; it is found wherever it is written as it is.
SETTINGS = {
    "SECRET_KEY": "canary-of-the-secret-key-0123456789abcdef",
    "ADMIN_PASSWORD": "canary-of-the-first-admin",
    "DEMO_PASSWORD": "canary-of-the-demo-logins",
    "SMTP_PASSWORD": "canary-of-the-mail-server",
    "METRICS_TOKEN": "canary-of-the-metrics",
    "PAYMENT_WEBHOOK_SECRETS": "whsec_Y2FuYXJ5LW9mLXRoZS13ZWJob29rcw==",
}
DATABASE_PASSWORD, REDIS_PASSWORD = "canary-of-the-database", "canary-of-redis"
TYPED = "canary-that-somebody-typed"


def files(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Everything that any program wrote down, save the database's own files: those are asked as tables."""
    for path in stack.home.rglob("*"):
        if path.is_file() and stack.postgres.data not in path.parents:
            yield str(path.relative_to(stack.home)), path.read_bytes()


def tables(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Every row of every table, as text."""
    for (name,) in stack.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        for (row,) in stack.sql(f'SELECT t::text FROM "{name}" AS t'):  # noqa: S608 - the name is from the catalogue
            yield f"table {name}", row.encode()


def keys(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Every key of Redis with all that it holds."""
    for key in stack.redis.scan_iter():
        yield f"key {key.decode()}", key + b" " + (stack.redis.dump(key) or b"")


def places(stack: Stack, crew_log: Path) -> Iterator[tuple[str, bytes]]:
    """Everywhere."""
    yield from files(stack)
    yield crew_log.name, crew_log.read_bytes()
    yield from tables(stack)
    yield from keys(stack)


def said(stack: Stack, request: bytes) -> bytes:
    """What the server answers to bytes that need not be a request."""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=10) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := line.recv(65536):
            answer += chunk
        return answer
