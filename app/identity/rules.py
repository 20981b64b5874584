"""What identity decides without asking anybody."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

from app.core.roles import Role

LINK_TOKEN = re.compile(r"([0-9a-f]{32})\.[A-Za-z0-9_-]{43}")
REFRESH_TOKEN = re.compile(r"([0-9a-f]{32})\.([0-9]{1,9})\.[A-Za-z0-9_-]{43}")


def refresh_token(key: str, seed: str, session_id: UUID, generation: int) -> str:
    """The refresh token of this generation of a session; the same four parts always make the same one."""
    named = f"{session_id.hex}.{generation}"
    return f"{named}.{sealed(key, 'refresh', seed, named)}"


def named_in(refresh_token: str) -> tuple[UUID, int] | None:
    """The session and the generation that a refresh token claims; None when it is none."""
    parts = REFRESH_TOKEN.fullmatch(refresh_token)
    return (UUID(parts[1]), int(parts[2])) if parts else None


def link_token(key: str, kind: str, link_id: UUID) -> str:
    """What a mailed link carries; it is made whenever it is needed and kept nowhere."""
    return f"{link_id.hex}.{sealed(key, 'link', kind, link_id.hex)}"


def link_named_in(token: str) -> UUID | None:
    """The link that a token claims to be of; None when it is none."""
    parts = LINK_TOKEN.fullmatch(token)
    return UUID(parts[1]) if parts else None


def spoken(lifetime: timedelta) -> str:
    """How long that is in the words of a letter."""
    minutes = int(lifetime.total_seconds() // 60)
    size, word = next((size, word) for size, word in ((1440, "day"), (60, "hour"), (1, "minute")) if not minutes % size)
    return f"{minutes // size} {word}{'' if minutes == size else 's'}"


def password_fault(password: str, username: str, email: str, current: str | None = None) -> str | None:
    """What is wrong with a new password; None when nothing is."""
    if password == current:
        return "Choose a password that differs from the one you have."
    known = password.strip().casefold() in {username.casefold(), email.casefold()}
    return "Choose a password that is neither your name nor your address." if known else None


def sealed(key: str, *parts: str) -> str:
    """A code over the parts that only the holder of the key can make."""
    code = hmac.digest(key.encode(), "\0".join(parts).encode(), "sha256")
    return urlsafe_b64encode(code).decode().rstrip("=")


def refresh_verdict(*, presented: int, current: int, within_grace: bool) -> str:
    """What to do with a refresh token: `rotate` the newest, `repeat` the answer to the one before it, else `reused`."""
    if presented == current:
        return "rotate"
    return "repeat" if presented == current - 1 and within_grace else "reused"


def name_key(name: str) -> str:
    """A name that nobody has, for counting; people type their passwords there, so it is not kept as it is."""
    return hashlib.sha256(name.lower().encode()).hexdigest()


def network_of(address: str) -> str:
    """Whom an address stands for: itself, or for IPv6 the /64 that one customer has."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def nobody(user_id: int) -> dict[str, Any]:
    """What is left of a user who was deleted: no name, no address that mail reaches, no password, no way in."""
    name = f"deleted-{user_id}"
    gone = {"first_name": "", "last_name": "", "email_verified_at": None, "password_hash": "", "is_active": False}
    return {"username": name, "email": f"{name}@deleted.invalid", **gone}


def changes_customer(changes: Mapping[str, Any]) -> bool:
    """Whether the user may be a customer now who was none, or the other way round."""
    return "role" in changes or "is_active" in changes


def is_no_admin(changes: Mapping[str, Any]) -> bool:
    """Whether somebody with these changes is no active admin."""
    return changes.get("role", Role.ADMIN) != Role.ADMIN or not changes.get("is_active", True)


def ends_sessions(changes: Mapping[str, Any]) -> bool:
    """Whether the user may no longer do what an open session allows."""
    return "role" in changes or not changes.get("is_active", True)
