"""What happened to orders."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class OrdersCancelled:
    """These orders are undone; what they held has to go back to where it came from."""

    order_ids: tuple[UUID, ...]
