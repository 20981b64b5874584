"""What the sale room shows of a promo, from one reading.

What is decided by single rows is read each time: the promo with its counters (one statement, so the parts of the stock
add up), the holds that end first, the last events. What is summed up over the whole sale is asked once in a while for
everybody who looks at it in this process, and may be that old.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from app.core.clock import monotonic
from app.jobs import queries as jobs
from app.jobs import workers
from app.mail import queries as mail
from app.promos import queries as promos
from app.promos.queries import Ends, Money

SUMS_SECONDS, MAP_SECONDS, STRIP_SECONDS = 1.0, 5.0, 2.0
MOST_KEPT = 500

Answer = TypeVar("Answer")
_kept: dict[Hashable, tuple[float, Any]] = {}
_keeping = Lock()


@dataclass(frozen=True)
class Sums:
    """What is summed up over the whole sale."""

    ends: Ends
    confirm_p95: float | None
    money: Money
    refused: Sequence[Any]


@dataclass(frozen=True)
class Works:
    """How what is behind the sale does; `workers` is None while Redis does not answer."""

    waiting: int
    oldest_seconds: float
    dead: int
    workers: int | None
    failed_mails: int
    sweep_lag: float


@dataclass(frozen=True)
class Room:
    """A sale at one moment."""

    promo: Any
    since: datetime
    sums: Sums
    holds: Sequence[Any]
    events: Sequence[Any]
    squares: Sequence[Any]
    works: Works


def room(promo_id: int) -> Room:
    """A sale as it is now."""
    promo = promos.promo(promo_id)
    since = max(promo.starts_at, promo.activated_at or promo.starts_at)
    window = {"since": since, "until": promo.over_at, "now": promo.server_time}
    place = promo.store_latitude, promo.store_longitude
    return Room(
        promo,
        since,
        lately(("sums", promo_id), SUMS_SECONDS, lambda: _sums(promo_id, window)),
        promos.soonest(promo_id, promo.server_time),
        promos.feed(promo_id),
        lately(("map", promo_id), MAP_SECONDS, lambda: promos.squares(promo_id, *place)),
        lately("works", STRIP_SECONDS, _works),
    )


def lately(key: Hashable, seconds: float, ask: Callable[[], Answer]) -> Answer:
    """What was answered within the last seconds in this process, or what is answered now."""
    found = _kept.get(key)
    if found is not None and monotonic() < found[0]:
        kept: Answer = found[1]
        return kept
    answer = ask()
    with _keeping:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = monotonic() + seconds, answer
    return answer


def forget() -> None:
    """Ask everything anew."""
    _kept.clear()


def _sums(promo_id: int, window: dict[str, datetime]) -> Sums:
    ends = promos.ends(promo_id, **window)
    return Sums(ends, promos.confirm_p95(promo_id), promos.money(promo_id), promos.refused(promo_id))


def _works() -> Works:
    backlog, lines = jobs.backlog(), workers.lines()
    at_work = None if lines is None else sum(line.workers for line in lines)
    seconds, failed = float(backlog.oldest_seconds), mail.counts().failed
    return Works(backlog.waiting, seconds, backlog.dead, at_work, failed, promos.sweep_lag())
