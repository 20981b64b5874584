"""The forecast of a sale: by its pace, honest where there is none."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.console.rules import FEWEST, SHORTEST_SECONDS, forecast, same_name

NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)
SALES = st.fixed_dictionaries(
    {
        "unsold": st.integers(1, 1_000_000),
        "bought": st.integers(FEWEST, 100_000),
        "seconds": st.floats(SHORTEST_SECONDS, 300),
        "ends_at": st.integers(0, 864_000).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    }
)


@given(SALES)
def test_it_is_sold_out_within_the_sale_or_some_are_left_at_its_end(sale: dict[str, Any]) -> None:
    found = forecast(**sale, now=NOW)
    if found.kind == "sells_out":
        assert found.at is not None
        assert NOW < found.at <= sale["ends_at"] + timedelta(microseconds=1)
        assert found.left == 0
    else:
        assert (found.kind, found.at) == ("left_over", None)
        assert 1 <= found.left <= sale["unsold"]


@given(SALES, st.integers(1, 1000))
def test_who_buys_faster_is_never_done_later(sale: dict[str, Any], more: int) -> None:
    slow, fast = forecast(**sale, now=NOW), forecast(**sale | {"bought": sale["bought"] + more}, now=NOW)
    if slow.at is None:
        assert fast.at is not None or fast.left <= slow.left
    else:
        assert fast.at is not None
        assert fast.at <= slow.at


@given(SALES, st.integers(0, FEWEST - 1))
def test_too_few_purchases_are_no_pace(sale: dict[str, Any], few: int) -> None:
    assert forecast(**sale | {"bought": few}, now=NOW).kind == "unknown"


@given(SALES, st.floats(0, SHORTEST_SECONDS, exclude_max=True))
def test_too_short_a_time_is_no_pace(sale: dict[str, Any], seconds: float) -> None:
    assert forecast(**sale | {"seconds": seconds}, now=NOW).kind == "unknown"


@given(SALES)
def test_where_nothing_is_left_nothing_is_forecast(sale: dict[str, Any]) -> None:
    assert forecast(**sale | {"unsold": 0}, now=NOW).kind == "gone"


def test_the_figures_of_a_plain_sale() -> None:
    half_an_hour = NOW + timedelta(minutes=30)
    at = forecast(unsold=100, bought=50, seconds=300, now=NOW, ends_at=half_an_hour).at
    assert at == NOW + timedelta(minutes=10)
    assert forecast(unsold=400, bought=50, seconds=300, now=NOW, ends_at=half_an_hour).left == 100


def test_a_name_is_the_same_however_it_is_spaced_but_never_nothing() -> None:
    assert same_name("  Green   tea ", "Green tea")
    assert not same_name("Green", "Green tea")
    assert not same_name(" ", " ")
