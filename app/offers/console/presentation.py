"""What a person asks of offers and activations, what an export says, and both in the words of the console."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.core import clock, filters, money
from app.core.filters import FLAGS
from app.core.pagination import COUNTED_TO
from app.identity import queries as identity_queries
from app.offers import rules
from app.offers.queries import activations, offers
from app.offers.queries.activations import ActivationFilter
from app.offers.queries.offers import OfferFilter

# What each status is called, and how its badge is coloured.
STATUSES = {
    "PENDING": ("Pending", "warn"),
    "PROCESSING": ("Processing", "live"),
    "SUCCESS": ("Activated", "ok"),
    "FAILED": ("Failed", "bad"),
}
STUCK = ("Stuck", "bad")
PERIODS = {
    "inactive": ("Not begun", "warn"),
    "scheduled": ("Begins later", "live"),
    "active": ("Running", "ok"),
    "expired": ("Over", ""),
    "failed": ("Failed", "bad"),
}
SAID = {
    "succeeded": "It was activated",
    "refused": "It was refused",
    "pending": "It is being worked on",
    "absent": "It is not known there",
    "unknown": "Nothing definite",
}
ACCOUNTS = {"customer": "The customer's account", "activations": "Activations under way", "revenue": "Revenue"}
KINDS = {"debit": "Taken", "settle": "Settled", "refund": "Given back"}
TEXTS = ("q", "customer", "customer_id", "offer", "offer_id")
MOST_FOUND = 200
ID_BEGINS = re.compile(r"[0-9a-f]{1,32}")
OFFER_HEADER = ("id", "name", "description", "price", "duration_days", "is_active", "created_at", "updated_at")
_FACTS = ("status", "user_id", "username", "email", "offer_id", "offer_name", "duration_days", "amount", "currency")
_PARTNER = ("said", "reason", "reference", "sends", "asks")
_TIMES = ("created_at", "sent_at", "next_step_at", "stuck_at", "completed_at")
CSV_HEADER = ("transaction_id", *_FACTS, "refunded", *_PARTNER, *_TIMES)


@dataclass(frozen=True)
class Asked:
    """The filter in an address, what its form shows again, and whether more was found than can be looked at."""

    which: Any
    shown: dict[str, str]
    too_many: bool = False

    @property
    def given(self) -> dict[str, Any]:
        """Only the filters that are set, for an address."""
        return {name: text for name, text in self.shown.items() if text}


def offers_asked(args: Mapping[str, str]) -> Asked:
    """The offers that an address asks for."""
    shown = filters.asked(args, orderings=offers.ORDERINGS, ordering="name", is_active=FLAGS)
    return Asked(OfferFilter(shown["q"].strip() or None, FLAGS.get(shown["is_active"])), shown)


def asked(args: Mapping[str, str]) -> Asked:
    """The activations that an address asks for."""
    known: dict[str, Any] = {"orderings": activations.ORDERINGS, "status": (*STATUSES, "stuck")}
    shown = filters.asked(args, ordering="newest", texts=TEXTS, **known)
    ids = {name: filters.number(shown[name]) for name in ("customer_id", "offer_id")}
    shown |= {name: "" if number is None else str(number) for name, number in ids.items()}
    people = _found(shown["customer"], identity_queries.ids_beginning)
    named = _found(shown["offer"], offers.ids_named)
    too_many = any(found is not None and len(found) > MOST_FOUND for found in (people, named))
    which = ActivationFilter(
        user_id=ids["customer_id"],
        offer_id=ids["offer_id"],
        status=shown["status"] if shown["status"] in STATUSES else None,
        stuck=True if shown["status"] == "stuck" else None,
        user_ids=() if too_many else people,
        offer_ids=named,
        between=_between(shown["q"]),
    )
    return Asked(which, shown, too_many)


def tabs(what: Asked) -> dict[str, int]:
    """How many there are of each status, of all, and of those that wait for an operator."""
    there = replace(what.which, status=None, stuck=None)
    counts = activations.counts(there)
    stuck = activations.count(replace(there, stuck=True))
    return {"": min(sum(counts.values()), COUNTED_TO), "stuck": stuck} | counts


def state(row: Any) -> tuple[str, str]:
    """How an activation stands: one that waits for an operator is stuck, whatever its status."""
    return STUCK if is_stuck(row) else STATUSES[row.status]


def is_stuck(row: Any) -> bool:
    """Whether it waits for an operator."""
    return row.status in rules.OPEN and row.stuck_at is not None


def is_open(row: Any) -> bool:
    """Whether it has not ended."""
    return row.status in rules.OPEN


def heard(row: Any) -> str:
    """The partner's last word."""
    if row.said is None:
        return "It was asked; no answer is known yet" if row.sends else "It was not asked yet"
    return SAID[row.said]


def way(row: Any) -> list[tuple[str, str]]:
    """Every status with what it is to this activation: passed, now, next, or none of these."""
    marks = {"PENDING": "passed"} | ({"PROCESSING": "passed"} if row.sends else {})
    ahead = {"PENDING": ["PROCESSING"], "PROCESSING": [*rules.ENDED]}.get(row.status, [])
    marks |= dict.fromkeys(ahead, "next") | {row.status: "now"}
    return [(status, marks.get(status, "")) for status in STATUSES]


def shown(row: Any) -> str:
    """The amount of a row in its currency."""
    return money.show(row.amount, row.currency)


def left(entry: Any) -> str:
    """What the customer had after an entry; the shop's sides keep no balance."""
    return "" if entry.balance_after is None else money.show(entry.balance_after, entry.currency)


def csv_rows(rows: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """The rows of the export of activations."""
    for row in rows:
        facts, said = ([getattr(row, name) for name in names] for names in (_FACTS, _PARTNER))
        refunded = row.amount if row.status == rules.FAILED else ""
        yield [str(row.id), *facts, refunded, *("" if word is None else word for word in said), *_moments(row, _TIMES)]


def offer_rows(rows: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """The rows of the export of offers."""
    for row in rows:
        facts = (getattr(row, name) for name in OFFER_HEADER[:-2])
        yield [*facts, *_moments(row, OFFER_HEADER[-2:])]


def _moments(row: Any, names: Iterable[str]) -> Iterator[str]:
    moments = (getattr(row, name) for name in names)
    return (clock.rfc3339(moment) if moment else "" for moment in moments)


def _found(text: str, ids: Any) -> tuple[int, ...] | None:
    return tuple(ids(text.strip(), most=MOST_FOUND + 1)) if text.strip() else None


def _between(text: str) -> tuple[UUID, UUID] | None:
    """The first and the last transaction id that begin so; what begins no id is between two that are none."""
    begins = text.strip().lower().replace("-", "")
    if not begins:
        return None
    if not ID_BEGINS.fullmatch(begins):
        return UUID(int=1), UUID(int=0)
    return UUID(begins.ljust(32, "0")), UUID(begins.ljust(32, "f"))
