"""What happened to customers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CustomerAnonymised:
    """A customer is deleted: nothing personal stays, and nothing that is open for them may stay open."""

    customer_id: int
