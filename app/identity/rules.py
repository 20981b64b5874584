"""What identity decides without asking anybody."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from ipaddress import ip_address, ip_network
from uuid import UUID

REFRESH_TOKEN = re.compile(r"([0-9a-f]{32})\.([0-9]{1,9})\.[A-Za-z0-9_-]{43}")


def refresh_token(key: str, seed: str, session_id: UUID, generation: int) -> str:
    """The refresh token of this generation of a session; the same four parts always make the same one."""
    named = f"{session_id.hex}.{generation}"
    return f"{named}.{sealed(key, 'refresh', seed, named)}"


def named_in(refresh_token: str) -> tuple[UUID, int] | None:
    """The session and the generation that a refresh token claims; None when it is none."""
    parts = REFRESH_TOKEN.fullmatch(refresh_token)
    return (UUID(parts[1]), int(parts[2])) if parts else None


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
