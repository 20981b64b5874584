"""What happened to stores."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StoreSwitched:
    """A store is shown to customers, or is not any more."""

    store_id: int


@dataclass(frozen=True)
class StoreMoved:
    """A store has another place on the map."""

    store_id: int
