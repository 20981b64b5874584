"""What happened to stores."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StoreSwitched:
    """A store is shown to customers, or is not any more."""

    store_id: int
