"""UUIDs that sort by the time they were made (RFC 9562, version 7)."""

import secrets
from uuid import UUID

from app.core.clock import unix_ms


def uuid7() -> UUID:
    """A new identifier."""
    value = (
        (unix_ms() & (1 << 48) - 1) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    )
    return UUID(int=value)
