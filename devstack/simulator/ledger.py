"""What the simulated provider knows: checkouts, payments, refunds, and the events that tell of them."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import RLock
from typing import Any

from devstack.calls import Facts, money_of
from devstack.journal import Journal

CHECKOUT_LIVES = timedelta(hours=24)


@dataclass
class Ledger:
    """All of it in memory, and in a file from which it is read again."""

    path: Path
    checkouts: dict[str, Facts] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    payments: dict[str, Facts] = field(default_factory=dict)
    refunds: dict[str, Facts] = field(default_factory=dict)
    events: dict[str, Facts] = field(default_factory=dict)
    delivered: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._lock = RLock()
        self._journal = Journal(self.path)
        for line in self._journal.lines():
            self._take(line)

    def checkout(self, key: str, reference: str, amount: str, currency: str, return_url: str) -> Facts:
        """The page for this key; a new one when the old one is over."""
        with self._lock:
            known = self.checkouts.get(self.asked.get(key, ""))
            if known is None or datetime.fromisoformat(known["expires_at"]) <= datetime.now(UTC):
                over = (datetime.now(UTC) + CHECKOUT_LIVES).isoformat(timespec="seconds")
                facts = {"reference": reference, "amount": money_of(amount), "currency": currency}
                facts |= {"return_url": return_url, "expires_at": over}
                known = self._note("checkout", id=_name("chk"), key=key, **facts)
            return known

    def pay(self, checkout_id: str, amount: str | None = None) -> Facts:
        """Money comes in; the event that tells of it."""
        with self._lock:
            of = self.checkouts[checkout_id]
            facts = {"reference": of["reference"], "amount": money_of(amount or of["amount"])}
            paid = self._note("payment", id=_name("pay"), checkout_id=checkout_id, **facts)
            return self._tell("success", of, paid["amount"], payment_id=paid["id"])

    def decline(self, checkout_id: str) -> Facts:
        """A try to pay fails; the event that tells of it."""
        with self._lock:
            of = self.checkouts[checkout_id]
            return self._tell("failed", of, of["amount"])

    def refund(self, key: str, asked: Facts, *, willing: bool) -> tuple[Facts, Facts | None]:
        """The answer to a refund and the event that tells of it; under a known key the first answer and no event."""
        with self._lock:
            if key in self.refunds:
                return self.refunds[key], None
            reason = self._objection(asked) if willing else "Refunds are refused here."
            facts = {name: asked.get(name) for name in ("refund_id", "reference", "payment_id", "amount", "currency")}
            made = self._note("refund", id=_name("ref"), key=key, refused=reason, **facts)
            if reason is not None:
                return made, None
            names = {name: made[name] for name in ("payment_id", "refund_id")}
            return made, self._tell("refunded", facts, made["amount"], **names)

    def told(self, reference: str) -> list[Facts]:
        """Every event of a reference."""
        return [event for event in list(self.events.values()) if event["reference"] == reference]

    def checkout_of(self, reference: str) -> Facts | None:
        """The latest page for a reference."""
        return next((c for c in reversed(list(self.checkouts.values())) if c["reference"] == reference), None)

    def undelivered(self) -> list[Facts]:
        """The events that nobody has taken yet."""
        return [event for name, event in self.events.items() if name not in self.delivered]

    def mark_delivered(self, event_id: str) -> None:
        """It was taken, or it is never sent."""
        with self._lock:
            self._note("delivered", id=event_id)

    def _objection(self, asked: Facts) -> str | None:
        paid = [
            payment
            for payment in self.payments.values()
            if payment["reference"] == asked["reference"] and asked.get("payment_id") in {None, payment["id"]}
        ]
        if not paid:
            return "There is no such payment."
        gone = sum(Decimal(made["amount"]) for made in self._made_of(asked))
        there = sum(Decimal(payment["amount"]) for payment in paid) - gone
        return None if 0 < Decimal(asked["amount"]) <= there else f"{there} can be paid back."

    def _made_of(self, asked: Facts) -> list[Facts]:
        same = ("reference", "payment_id")
        every = (made for made in self.refunds.values() if made["refused"] is None)
        return [made for made in every if all(made[name] == asked.get(name) for name in same)]

    def _tell(self, status: str, of: Facts, amount: str, **more: str | None) -> Facts:
        facts = {"reference": of["reference"], "status": status, "amount": amount, "currency": of["currency"]}
        event = {"event_id": _name("evt")} | facts | {name: value for name, value in more.items() if value is not None}
        self._note("event", **event)
        return event

    def _note(self, kind: str, **facts: Any) -> Facts:
        return self._take(self._journal.write(kind, **facts))

    def _take(self, line: Facts) -> Facts:
        facts = {name: value for name, value in line.items() if name != "kind"}
        match line["kind"]:
            case "checkout":
                self.checkouts[facts["id"]] = facts
                self.asked[facts["key"]] = facts["id"]
            case "payment":
                self.payments[facts["id"]] = facts
            case "refund":
                self.refunds[facts["key"]] = facts
            case "event":
                self.events[facts["event_id"]] = facts
            case "delivered":
                self.delivered.add(facts["id"])
        return facts


def _name(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(12)}"
