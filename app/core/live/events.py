"""Server-sent events as bytes."""

import secrets

OPENED, BEAT = b": open\n\n", b": beat\n\n"


def event(kind: str, line: bytes, *, number: str = "") -> bytes:
    """One event; its text is one line, as JSON is."""
    named = f"id: {number}\n" if number else ""
    return f"event: {kind}\n{named}data: ".encode() + line + b"\n\n"


def opening() -> bytes:
    """How a stream begins: when it ends, clients come back after a while, and not all at once."""
    return f"retry: {1000 + secrets.randbelow(3000)}\n".encode() + OPENED
