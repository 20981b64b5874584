"""What the simulated partner knows: the transactions it heard of, what becomes of each, how often each was applied.

What becomes of a transaction is decided and written down when it is heard of first. It is applied when it is due:
whoever looks at it applies it, in this life of the process or in a later one.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from threading import RLock

from devstack.calls import Facts, Refused
from devstack.journal import Journal


class OtherActivation(Refused):
    """The id belongs to a transaction that says something else."""

    status = HTTPStatus.CONFLICT


@dataclass
class Ledger:
    """All of it in memory, and in a file from which it is read again."""

    path: Path
    activations: dict[str, Facts] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._lock = RLock()
        self._journal = Journal(self.path)
        for line in self._journal.lines():
            self._take(line)

    def hear(self, wish: Facts, *, succeeds: bool, seconds: float) -> None:
        """A transaction is asked for; under a known id everything stays as it was decided."""
        name = wish["transaction_id"]
        with self._lock:
            known = self.activations.get(name)
            if known is not None and known["wish"] != wish:
                raise OtherActivation("Another activation has this transaction_id.")
            if known is None:
                due_at = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
                self._note("heard", id=name, wish=wish, succeeds=succeeds, due_at=due_at)
            self._note("asked", id=name)

    def status(self, name: str) -> str | None:
        """How far it is; None: it was never heard of."""
        with self._lock:
            known = self.activations.get(name)
            if known is None:
                return None
            if datetime.fromisoformat(known["due_at"]) > datetime.now(UTC):
                return "pending"
            if known["succeeds"] and not self.effects[name]:
                self._note("applied", id=name)
            return "succeeded" if known["succeeds"] else "refused"

    def applied(self) -> dict[str, int]:
        """How often each transaction that was heard of has been applied by now."""
        with self._lock:
            for name in list(self.waiting):
                self.status(name)
            return {name: self.effects[name] for name in self.activations}

    def _note(self, kind: str, **facts: object) -> None:
        self._take(self._journal.write(kind, **facts))

    def _take(self, line: Facts) -> None:
        name = line["id"]
        match line["kind"]:
            case "heard":
                self.activations[name] = {each: line[each] for each in ("wish", "succeeds", "due_at")}
                self.waiting |= {name} if line["succeeds"] else set()
            case "asked":
                self.asked[name] += 1
            case "applied":
                self.effects[name] += 1
                self.waiting.discard(name)
