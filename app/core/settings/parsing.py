"""How one environment variable becomes a typed value; every parser raises ValueError with what to write instead."""

import base64
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


@dataclass(frozen=True)
class Spec:
    """One environment variable: its name, default, parser and the sentence that explains it."""

    name: str
    parse: Callable[[str], Any]
    default: str
    help: str
    secret: bool = False


def setting(name: str, parse: Callable[[str], Any], default: str, help: str, *, secret: bool = False) -> Any:  # noqa: A002 - reads as the table's column
    """A dataclass field that carries its own Spec."""
    return field(metadata={"spec": Spec(name, parse, default, help, secret)})


def text(raw: str) -> str:
    """Any text."""
    return raw


def flag(raw: str) -> bool:
    """1 or 0."""
    if raw.lower() in TRUE:
        return True
    if raw.lower() in FALSE:
        return False
    raise ValueError("write 1 or 0")


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number between two bounds."""

    def parse(raw: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,18}", raw) or not low <= int(raw) <= high:
            raise ValueError(f"write a whole number from {low} to {high}")
        return int(raw)

    return parse


def seconds(low: float, high: float) -> Callable[[str], float]:
    """A number of seconds, fractions allowed."""

    def parse(raw: str) -> float:
        try:
            value = float(raw)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise ValueError(f"write seconds from {low:g} to {high:g}")
        return value

    return parse


def hours(raw: str) -> tuple[time, time] | None:
    """From one time of the day to another, over midnight when the second is the earlier one; or nothing."""
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])", raw)
    if raw and (found is None or raw[:5] == raw[6:]):
        raise ValueError("write two times of the day such as 22:00-07:00, or nothing")
    return (time.fromisoformat(raw[:5]), time.fromisoformat(raw[6:])) if raw else None


def listener(raw: str) -> tuple[str, int] | None:
    """An address and a port to listen at, or nothing."""
    host, _, port = raw.rpartition(":")
    if raw and not (host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("write an address and a port such as 0.0.0.0:9100, or nothing")
    return (host, int(port)) if raw else None


def one_of(*words: str) -> Callable[[str], str]:
    """One of a few words."""

    def parse(raw: str) -> str:
        if raw not in words:
            raise ValueError(f"write one of {', '.join(words)}")
        return raw

    return parse


def url(*schemes: str) -> Callable[[str], str]:
    """A URL with one of the schemes, or nothing."""

    def parse(raw: str) -> str:
        if raw and _parts(raw).scheme not in schemes:
            raise ValueError(f"write a URL that starts with {' or '.join(f'{s}://' for s in schemes)}")
        return raw

    return parse


def postgresql(*, takes_writes: bool) -> Callable[[str], str]:
    """The URL of one PostgreSQL or of several, as libpq writes it, or nothing."""
    any_url = url("postgresql", "postgres")

    def parse(raw: str) -> str:
        hosts = _hosts(any_url(raw))
        if sum(name == "host" for name, _ in parse_qsl(_parts(raw).query)) > 1:
            raise ValueError("write several servers as postgresql://user:password@one:5432,two:5432/name")
        if (
            takes_writes
            and len(hosts) > 1
            and not re.search(r"[?&]target_session_attrs=(read-write|primary)(&|$)", raw)
        ):
            raise ValueError("of several servers one takes writes: add ?target_session_attrs=read-write")
        return raw

    return parse


def _hosts(raw: str) -> list[str]:
    """The servers of a URL; libpq's own words for what is wrong could quote the password."""
    try:
        parts: dict[str, str] = parse_dsn(raw)
    except ProgrammingError:
        raise ValueError("libpq cannot read it; write postgresql://user:password@host:5432/name") from None
    hosts, ports = parts.get("host", "").split(","), parts.get("port", "").split(",")
    if len(ports) not in {1, len(hosts)}:
        raise ValueError("write one port for all servers, or one for each")
    return hosts


def _parts(raw: str) -> SplitResult:
    """The parts of a URL; none when it is no URL, for the parser's own message would quote the password in it."""
    try:
        return urlsplit(raw)
    except ValueError:
        return SplitResult("", "", "", "", "")


def zone(raw: str) -> str:
    """An IANA time zone name."""
    try:
        ZoneInfo(raw)
    except (OSError, ValueError, ZoneInfoNotFoundError) as error:
        raise ValueError("write an IANA time zone such as Europe/Berlin") from error
    return raw


def currency(raw: str) -> str:
    """An ISO 4217 code."""
    if len(raw) != 3 or not raw.isascii() or not raw.isupper():
        raise ValueError("write three capital letters such as EUR")
    return raw


def words(raw: str) -> tuple[str, ...]:
    """Comma-separated words."""
    return tuple(word.strip() for word in raw.split(",") if word.strip())


def addresses(raw: str) -> tuple[tuple[str, int], ...]:
    """Comma-separated host:port."""
    return tuple(_address(word) for word in words(raw))


def _address(word: str) -> tuple[str, int]:
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?):([0-9]{1,5})", word)
    if found is None or not 0 < int(found[2]) < 65536:
        raise ValueError(f"{word!r} is no address: write host:port, several separated by commas")
    return found[1].strip("[]"), int(found[2])


def master_name(raw: str) -> str:
    """What sentinels may call a master."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+", raw):
        raise ValueError("write letters, digits, points, hyphens and underscores")
    return raw


def origins(raw: str) -> tuple[str, ...]:
    """Comma-separated origins, or `*`."""
    for origin in words(raw):
        parts = _parts(origin)
        if origin != "*" and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.path):
            raise ValueError(f"{origin!r} is no origin: write https://shop.example without a path, or *")
    return words(raw)


def origin_or_port(raw: str) -> str:
    """An origin, or a colon and a port, or nothing."""
    if re.fullmatch(r":[0-9]{1,5}", raw) and 0 < int(raw[1:]) < 65536:
        return raw
    if raw and (raw == "*" or len(origins(raw)) != 1):
        raise ValueError("write one origin such as https://live.shop.example, a port such as :8028, or nothing")
    return raw


def webhook_secrets(raw: str) -> tuple[str, ...]:
    """Comma-separated `whsec_<base64>` secrets."""
    for secret in words(raw):
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            key = b""
        if not secret.startswith("whsec_") or not key:
            raise ValueError("write whsec_<base64>, several separated by commas")
    return words(raw)
