"""How the simulated partner behaves: three of four activations succeed, unless it is told otherwise."""

import random
from dataclasses import dataclass
from hashlib import sha256

from devstack.switches import Switches, share, words

HOW = ("well", "error", "drop", "hang", "nonsense", "mistaken")


@dataclass(frozen=True)
class Behaviour(Switches):
    """What becomes of a transaction follows from its id; how a call is answered is chance.

    `acts`: an activation that is not answered well has its effect all the same. `mistaken`: it is done,
    and the answer speaks of another transaction.
    """

    success_rate: float = share(0.75)  # the others are refused
    delay: float = 0.0  # seconds until an activation is done and answered
    late: float = 0.0  # seconds until it is done, while the answer is "pending"
    late_share: float = share(1.0)  # how many are late
    answers: str = words(*HOW)  # how activations are answered
    lookups: str = words(*HOW)  # how look-ups are answered
    fault_share: float = share(1.0)  # how many calls are answered so; the others well
    acts: bool = False

    def succeeds(self, transaction_id: str) -> bool:
        """Whether the partner takes it."""
        return _drawn("success", transaction_id) < self.success_rate

    def lateness(self, transaction_id: str) -> float:
        """How long it is pending."""
        return self.late if _drawn("late", transaction_id) < self.late_share else 0.0

    def how(self, wish: str) -> str:
        """How this call is answered."""
        return wish if random.random() < self.fault_share else HOW[0]  # noqa: S311 - chance, not a secret


def _drawn(lot: str, transaction_id: str) -> float:
    """From 0 to 1, always the same for an id."""
    return int.from_bytes(sha256(f"{lot} {transaction_id}".encode()).digest()[:6]) / 2**48
