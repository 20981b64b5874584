"""What surrounds the work at hand."""

from collections.abc import Iterator

import pytest
import structlog

from app.core import context
from app.core.context import Principal, accepted_request_id, surroundings
from app.core.roles import Role

SOMEBODY = Principal(1, "somebody", Role.VIEWER, "a session")


@pytest.fixture(autouse=True)
def nothing_around() -> Iterator[None]:
    """What other tests left behind does not count."""
    with surroundings(source="cli"):
        yield


@pytest.mark.parametrize("offered", ["a", "A-1.b_c:d", "0" * 128, "550e8400-e29b-41d4-a716-446655440000"])
def test_a_request_id_of_the_caller_is_kept(offered: str) -> None:
    assert accepted_request_id(offered) == offered


@pytest.mark.parametrize(
    "offered", [None, "", "-a", "a b", "0" * 129, "a\r\nSet-Cookie: x", "a\n", "ä", "<b>", "a\0", '"a"', "a/b"]
)
def test_anything_else_gets_an_id_of_ours(offered: str | None) -> None:
    made = accepted_request_id(offered)
    assert made != offered
    assert len(made) == 32
    assert made.isalnum()


def test_surroundings_nest_and_put_back_what_was_there() -> None:
    with surroundings(source="api", request_id="outer", who=SOMEBODY):
        structlog.contextvars.bind_contextvars(outer="only")
        with surroundings(source="job", request_id="inner") as made:
            assert (made, context.request_id(), context.source(), context.principal()) == (
                "inner",
                "inner",
                "job",
                None,
            )
            assert structlog.contextvars.get_contextvars() == {"request_id": "inner"}
        assert (context.request_id(), context.source(), context.principal()) == ("outer", "api", SOMEBODY)
        assert structlog.contextvars.get_contextvars() == {"request_id": "outer"}


def test_surroundings_are_put_back_after_a_fault() -> None:
    before = context.request_id()
    with pytest.raises(ZeroDivisionError), surroundings(source="api", request_id="broken", who=SOMEBODY):
        _ = 1 // 0
    assert (context.request_id(), context.source(), context.principal()) == (before, "cli", None)


def test_who_signs_in_is_forgotten_with_the_surroundings() -> None:
    with surroundings(source="api"):
        context.sign_in(SOMEBODY)
        assert context.principal() is SOMEBODY
    assert context.principal() is None
