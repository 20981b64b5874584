"""When a buy happened and where it came from, by its headers; which moments are too far away, the database says."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import IPv6Address, ip_address

MOMENT_HEADERS = (
    "x-timestamp",
    "x-client-time",
    "x-request-time",
    "timestamp",
    "x-request-start",
    "x-queue-start",
    "x-request-received",
    "x-forwarded-start",
)
LONGEST = 64
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
# How much smaller than a second the unit is, by how large the number is: a moment of our time fits one of them only.
UNITS = ((Decimal("1e11"), 0), (Decimal("1e14"), 3), (Decimal("1e17"), 6))
NANOSECONDS = 9
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
FURTHEST = Decimal(253_402_300_799)  # the last second that a datetime can say

FORWARDED_FOR = re.compile(r'(?:^|[;,\s])for=("?)([^",;\s]+)\1', re.IGNORECASE)
V4_WITH_PORT = re.compile(r"([0-9.]+):[0-9]{1,5}")
V6_IN_BRACKETS = re.compile(r"\[([^\]]+)\](?::[0-9]{1,5})?")


def moments(headers: Mapping[str, str]) -> list[datetime]:
    """The moments that headers tell, the first one to be believed first."""
    told = (moment(headers[name]) for name in MOMENT_HEADERS if name in headers)
    return [each for each in told if each is not None]


def moment(text: str) -> datetime | None:
    """The moment that a text means: ISO with its zone, or a count since 1970 in a unit that its size tells."""
    text = text.strip().removeprefix("t=")
    if not text or len(text) > LONGEST:
        return None
    return _counted(Decimal(text)) if NUMBER.fullmatch(text) else _written(text)


def _counted(number: Decimal) -> datetime | None:
    smaller = next((power for most, power in UNITS if abs(number) < most), NANOSECONDS)
    seconds = number.scaleb(-smaller)
    if not 0 <= seconds <= FURTHEST:
        return None
    return BEGINNING + timedelta(microseconds=int(seconds.scaleb(6)))


def _written(text: str) -> datetime | None:
    try:
        written = datetime.fromisoformat(text)
        return written.astimezone(UTC) if written.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def address(headers: Mapping[str, str], peer: str, hops: int) -> str | None:
    """Who sent it: what the outermost of our own proxies says, when there are any; else the peer."""
    said = _said(headers, hops) if hops else iter(())
    return next(filter(None, map(plain_address, said)), None) or plain_address(peer)


def _said(headers: Mapping[str, str], hops: int) -> Iterator[str]:
    """Each proxy adds the address it sees at the end, so what counts stands so many places from there."""
    yield _from_the_end([part.strip() for part in headers.get("X-Forwarded-For", "").split(",")], hops)
    yield _from_the_end([found[2] for found in FORWARDED_FOR.finditer(headers.get("Forwarded", ""))], hops)
    yield headers.get("X-Real-IP", "").strip()
    yield headers.get("CF-Connecting-IP", "").strip()


def _from_the_end(parts: list[str], place: int) -> str:
    return parts[-place] if len(parts) >= place else ""


def plain_address(text: str) -> str | None:
    """The address in a text, without a port; None when there is none."""
    in_brackets, with_port = V6_IN_BRACKETS.fullmatch(text), V4_WITH_PORT.fullmatch(text)
    bare = in_brackets[1] if in_brackets else with_port[1] if with_port else text
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        return None if found.scope_id else str(found.ipv4_mapped or found)
    return str(found)
