"""Token buckets give no more than they promise and forget no more than they must."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from app.core.ratelimit import Buckets

BURSTS, RATES = st.integers(1, 20), st.floats(0.1, 50)
GAPS = st.lists(st.floats(0, 3), min_size=1, max_size=60)


def moments(gaps: Sequence[float]) -> list[float]:
    now = 1000.0
    return [now := now + gap for gap in gaps]


@given(BURSTS, RATES, GAPS)
def test_no_window_lets_more_pass_than_the_burst_and_its_refill(burst: int, rate: float, gaps: list[float]) -> None:
    buckets = Buckets(rate, burst)
    passed = [now for now in moments(gaps) if buckets.take("somebody", now) == 0]
    for first, start in enumerate(passed):
        for last, end in enumerate(passed[first:], first):
            assert last - first + 1 <= burst + rate * (end - start) + 1e-6


@given(BURSTS, RATES, GAPS)
def test_who_waits_as_long_as_asked_passes(burst: int, rate: float, gaps: list[float]) -> None:
    buckets = Buckets(rate, burst)
    for now in moments(gaps):
        wait = buckets.take("somebody", now)
        if wait:
            assert 0 < wait <= 1 / rate + 1e-9
            assert buckets.take("somebody", now + wait + 1e-9) == 0
            return


def test_a_burst_passes_at_once_and_the_next_one_waits_for_one_token() -> None:
    buckets = Buckets(rate=2, burst=3)
    assert [buckets.take("somebody", 0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_callers_do_not_share_a_bucket() -> None:
    buckets = Buckets(rate=1, burst=1)
    assert [buckets.take(key, 0) for key in ("a", "a", "b")] == [0, 1, 0]


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    buckets = Buckets(rate=1, burst=2)
    passed = [buckets.take("somebody", now) == 0 for now in (10, 9, 10, 9, 10, 9, 10)]
    assert sum(passed) <= 2


def test_only_so_many_callers_are_remembered_and_the_latest_are_kept() -> None:
    buckets = Buckets(rate=1, burst=1, most_keys=10)
    for number in range(1000):
        buckets.take(f"address:{number}", 0)
    assert len(buckets._buckets) == 10  # noqa: SLF001 - what is kept is not shown
    assert buckets.take("address:999", 0) == 1
    assert buckets.take("address:1", 0) == 0
