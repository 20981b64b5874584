"""What happened to orders."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class OrdersCancelled:
    """These orders are undone; what they held has to go back to where it came from."""

    order_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class OrdersLockedToCancel:
    """These orders will be undone in this transaction; nothing of the shelf is locked yet."""

    order_ids: tuple[UUID, ...]
