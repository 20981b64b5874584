"""One process looks at a subject; one that slept past its lease neither overwrites nor ends what its successor does."""

from datetime import UTC, datetime
from itertools import count

import pytest

from app.core.live.shared import Shared
from app.core.streams import Snapshot
from app.core.web import HoldfastApp

NUMBERS = count(1)
LONG, SHORT = 60.0, 0.01


@pytest.fixture
def subject() -> str:
    """A subject that nobody looked at before."""
    return f"tried:{next(NUMBERS)}"


def shared(app: HoldfastApp, subject: str, seconds: float) -> Shared:
    """The subject as one more process shares it."""
    return Shared(app.extensions["holdfast.redis"], subject, seconds)


def seen(words: str) -> Snapshot:
    """What somebody saw."""
    return Snapshot({"zone": words}, datetime.now(UTC))


def is_mine(one: Shared) -> bool:
    """Whether it is for this one to look."""
    turn = one.turn()
    assert turn is not None
    return turn.mine


def read(one: Shared) -> str:
    """What this one learns from whoever looks."""
    turn = one.turn()
    assert turn is not None
    assert turn.seen is not None
    return turn.seen.zones["zone"]


def slept_and_followed(app: HoldfastApp, subject: str) -> tuple[Shared, Shared]:
    """One whose lease ran out, and the one that took it."""
    sleeper, successor = shared(app, subject, SHORT), shared(app, subject, LONG)
    assert is_mine(sleeper)
    while not is_mine(successor):
        pass
    successor.leave(seen("new"))
    return sleeper, successor


def test_the_first_looks_and_the_others_read_what_it_saw(app: HoldfastApp, subject: str) -> None:
    first, second = shared(app, subject, LONG), shared(app, subject, LONG)
    assert [is_mine(first), is_mine(first), is_mine(second)] == [True, True, False]
    first.leave(seen("one"))
    assert read(second) == "one"
    first.leave(seen("two"))
    assert [read(second), read(second)] == ["two", "two"]


def test_who_gives_up_is_followed_at_once(app: HoldfastApp, subject: str) -> None:
    first, second = shared(app, subject, LONG), shared(app, subject, LONG)
    assert [is_mine(first), is_mine(second)] == [True, False]
    first.give_up()
    assert [is_mine(second), is_mine(first)] == [True, False]


def test_who_slept_does_not_overwrite_what_the_successor_saw(app: HoldfastApp, subject: str) -> None:
    sleeper, _ = slept_and_followed(app, subject)
    sleeper.leave(seen("old"))
    assert read(shared(app, subject, LONG)) == "new"


def test_who_slept_does_not_end_the_lease_of_the_successor(app: HoldfastApp, subject: str) -> None:
    sleeper, successor = slept_and_followed(app, subject)
    sleeper.give_up()
    assert [is_mine(sleeper), is_mine(successor)] == [False, True]
