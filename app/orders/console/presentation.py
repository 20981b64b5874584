"""What a person asks of orders, what an export says, and an order in the words of the console."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core import clock, filters
from app.identity import queries as identity_queries
from app.orders import queries, rules
from app.orders.queries import OrderFilter

# What each status and state of payment is called, and how its badge is coloured.
STATUSES = {
    "PENDING": ("Pending", "warn"),
    "CONFIRMED": ("Confirmed", "live"),
    "PROCESSING": ("Packing", "live"),
    "SHIPPED": ("Shipped", "live"),
    "DELIVERED": ("Delivered", "ok"),
    "CANCELLED": ("Cancelled", ""),
}
PAYMENTS = {
    "unpaid": ("Unpaid", ""),
    "paid": ("Paid", "ok"),
    "failed": ("Payment failed", "bad"),
    "review": ("In review", "bad"),
    "partially_refunded": ("Partly refunded", "warn"),
    "refunded": ("Refunded", ""),
}
# What a step is called where its own name says too little, and what brought it about where the actor does not say it.
STEPS = {
    "paid": "recorded the payment",
    "processing": "started packing",
    "payment_review": "put the payment into review",
    "payment_failed": "noted that a payment failed",
    "refund_failed": "noted that a refund failed",
}
CAUSES = {
    "items": "from the shelf",
    "reservations": "from reservations",
    "promo": "from a promo",
    "manual": "by hand",
    "webhook": "told by the provider",
    "unpaid": "not paid in time",
    "refund": "",
    "operator": "",
    "customer": "",
}
VERBS = {"PROCESSING": "Start packing", "SHIPPED": "Ship", "DELIVERED": "Deliver", "CANCELLED": "Cancel"}
TEXTS = ("q", "customer", "customer_id", "start_date", "end_date", "min_total", "max_total")
MOST_CUSTOMERS = 200
_FACTS = ("reference", "status", "payment_status", "total", "refunded", "currency", "source", "source_id")
CSV_HEADER = (*_FACTS, "user_id", "username", "email", "created_at", "updated_at", "paid_at")


@dataclass(frozen=True)
class Asked:
    """The filter in an address, what its form shows again, and whether its customers were too many to look at."""

    which: OrderFilter
    shown: dict[str, str]
    too_many: bool = False

    @property
    def given(self) -> dict[str, Any]:
        """Only the filters that are set, for an address."""
        return {name: text for name, text in self.shown.items() if text}


def asked(args: Mapping[str, str]) -> Asked:
    """What an address asks for."""
    known: dict[str, Any] = {"orderings": queries.ORDERINGS, "status": STATUSES, "payment_status": PAYMENTS}
    shown = filters.asked(args, ordering="newest", texts=TEXTS, **known)
    days: dict[str, Any] = {name: filters.day(shown[name]) for name in ("start_date", "end_date")}
    totals: dict[str, Any] = {name: filters.amount(shown[name]) for name in ("min_total", "max_total")}
    user_id = filters.number(shown["customer_id"])
    for name, value in (days | totals | {"customer_id": user_id}).items():
        shown[name] = "" if value is None else str(value)
    chosen: dict[str, Any] = {name: shown[name] or None for name in ("status", "payment_status")}
    people = _customers(shown["customer"].strip())
    too_many = people is not None and len(people) > MOST_CUSTOMERS
    which = OrderFilter(
        **days, **totals, **chosen, q=_reference(shown["q"]), user_id=user_id, user_ids=() if too_many else people
    )
    return Asked(which, shown, too_many)


def offered(status: str) -> list[tuple[str, str]]:
    """What can be done to orders of a status, or of any: where it leads, and its word."""
    legal = rules.BY_HAND[status] if status else VERBS
    return [(after, VERBS[after]) for after in VERBS if after in legal]


def calls_for_a_look(order: Any) -> bool:
    """Whether its status alone would hide what is wrong with its payment."""
    return order.payment_status in {"failed", "review"}


def moment(text: str) -> datetime | None:
    """The moment that a page was made, as it tells it; anything else is none."""
    try:
        named = datetime.fromisoformat(text)
    except ValueError:
        return None
    return named if named.tzinfo else None


def csv_rows(rows: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """The rows of the export."""
    for row in rows:
        moments = (clock.rfc3339(at) if at else "" for at in (row.created_at, row.updated_at, row.paid_at))
        yield [*(getattr(row, name) for name in (*_FACTS, "user_id", "username", "email")), *moments]


def story(steps: Iterable[Any]) -> list[tuple[Any, list[tuple[str, str]]]]:
    """The steps of an order, the newest first, each with what it changed from and to, in words."""
    told, before = [], dict[str, str]()
    for step in steps:
        after = {"status": STATUSES[step.status][0], "payment": PAYMENTS[step.payment_status][0]}
        told.append((step, [(before.get(name, ""), word) for name, word in after.items() if before.get(name) != word]))
        before = after
    return told[::-1]


def did(step: Any) -> str:
    """What was done in a step."""
    kind: str = step.kind
    return STEPS.get(kind, kind.replace("_", " "))


def cause(step: Any) -> str:
    """What brought it about, if its actor and its kind do not say so."""
    word: str = step.cause
    return CAUSES.get(word.partition(":")[0], word)


def way(order: Any, steps: Iterable[Any]) -> list[tuple[str, str]]:
    """Every status with what it is to this order: passed, now, next, or none of these."""
    passed = {step.status for step in steps}
    marks = dict.fromkeys(passed, "passed") | dict.fromkeys(rules.NEXT[order.status], "next")
    return [(status, (marks | {order.status: "now"}).get(status, "")) for status in rules.STATUSES]


def _reference(text: str) -> str | None:
    """A reference as it is written, also when its first letters are left out."""
    written = text.strip().upper()
    if not written or "ORD-".startswith(written) or written.startswith("ORD-"):
        return written or None
    return f"ORD-{written}"


def _customers(text: str) -> tuple[int, ...] | None:
    return tuple(identity_queries.ids_beginning(text, most=MOST_CUSTOMERS + 1)) if text else None
