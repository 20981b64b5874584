"""Past-tense facts that a lower domain tells; a higher one reacts in the same transaction."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

Event = TypeVar("Event")

SUBSCRIBERS: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(event: type[Event]) -> Callable[[Callable[[Event], None]], Callable[[Event], None]]:
    """Call the function for every such event, in the transaction that publishes it."""

    def enter(react: Callable[[Event], None]) -> Callable[[Event], None]:
        SUBSCRIBERS[event].append(react)
        return react

    return enter


def publish(event: object) -> None:
    """Tell everybody who subscribed; a fault of one undoes the whole transaction."""
    for react in SUBSCRIBERS[type(event)]:
        react(event)
