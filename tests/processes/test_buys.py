"""Buys over four web processes: what was answered is counted, once, whoever dies meanwhile."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from devstack.processes import children
from tests.processes.market import BUY, STATS, Shops, shops
from tests.processes.stack import FLASK, Stack, eventually, serving_beside
from tests.scale import scaled

TOTALS = "SELECT sum(units)::bigint, sum(records)::bigint FROM buy_lanes"
FOLD = "SELECT buys_fold(100000, true)"


@pytest.fixture(scope="module")
def four(stack: Stack) -> Iterator[Stack]:
    with serving_beside(stack, WORKERS="4") as made:
        yield made


@pytest.fixture(autouse=True)
def sound(four: Stack) -> Iterator[None]:
    """The books are right after each test, before they are folded and after."""
    yield
    four.abandon_jobs()
    for fold in (False, True):
        if fold:
            four.sql(FOLD)
        checked = four.run(*FLASK, "invariants")
        assert checked.returncode == 0, checked.stdout + checked.stderr


def asked(web: Stack, token: str, many: int = 24) -> list[dict[str, Any]]:
    """What many hear who ask at once, on connections of their own."""
    with ThreadPoolExecutor(many) as pool:
        answers = list(
            pool.map(lambda _: web.patiently("GET", f"{STATS}?timeframe_hours=24", token=token), range(many))
        )
    assert {answer.status_code for answer in answers} == {200}
    return [answer.json() for answer in answers]


def keeps_telling(made: Shops, more: int) -> None:
    promised = made.answered + made.events
    eventually(lambda: made.answered + made.events >= promised + more, "buys are answered")


def test_totals_are_exact_and_alike_in_every_process_under_load(four: Stack) -> None:
    token = four.token()
    (before,) = four.sql("SELECT coalesce(sum(units), 0)::bigint FROM buy_lanes")
    with shops(four) as made:
        for _ in range(scaled(50)):
            told = made.answered + made.events
            shown = four.patiently("GET", STATS, token=token).json()
            assert shown["total_buys"] - before[0] >= told
            keeps_telling(made, 20)
    made.were_counted()
    assert made.cut == 0
    (totals,) = four.sql(TOTALS)
    for _ in range(2):
        found = asked(four, token)
        assert {(each["total_buys"], each["total_purchases"]) for each in found} == {totals}
        assert len({each["n_recent_buys"] for each in found}) == 1
        four.sql(FOLD)


@pytest.mark.chaos
def test_a_killed_process_takes_nothing_along_that_was_answered(four: Stack) -> None:
    def struck() -> bool:
        """The oldest has fallen, who surely answered somebody; whether somebody was cut off."""
        keeps_telling(made, 30)
        os.kill(children(four.master)[0], signal.SIGKILL)
        return made.cut > 0

    with shops(four) as made:
        for _ in range(scaled(40, 4)):
            struck()
        eventually(lambda: made.cut > 0 or struck(), "answers were cut off")
    eventually(four.settled, "all processes answer")
    made.were_counted()


def test_a_killed_database_keeps_what_was_answered(four: Stack) -> None:
    with shops(four) as made:
        for _ in range(2):
            keeps_telling(made, 30)
            with four.without(four.postgres):
                pass
        keeps_telling(made, 30)
    # Each time, each of the four that tell once may have been refused although it was counted: the commit was its last.
    made.were_counted(refused=2 * 4)


def test_one_event_told_in_parallel_over_all_processes_counts_once(four: Stack) -> None:
    for _ in range(scaled(50)):
        body = {"user_id": 1, "promotion_id": 1, "product_id": 1, "product_quantity": 1, "event_id": str(uuid4())}
        with ThreadPoolExecutor(24) as pool:
            answers = list(pool.map(lambda _: four.call("POST", BUY, json=body), range(48)))  # noqa: B023 - asked at once
        assert {answer.status_code for answer in answers} <= {200, 503}
        assert len({answer.json()["buy_count"] for answer in answers if answer.status_code == 200}) == 1
        assert four.sql("SELECT count(*) FROM buys WHERE event_id = %s", body["event_id"]) == [(1,)]


def test_a_day_without_its_partition_refuses_nobody(four: Stack) -> None:
    """As when the scheduler was dead for two weeks: the records of today are in the rest, and stay there."""
    ((today,),) = four.sql("SELECT 'buys_' || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY_MM_DD')")
    with shops(four) as made:
        keeps_telling(made, 30)
        four.sql(
            f"BEGIN; ALTER TABLE buys DETACH PARTITION {today}; INSERT INTO buys_rest SELECT * FROM {today};"  # noqa: S608 - a name of ours
            f" DROP TABLE {today}; COMMIT"
        )
        keeps_telling(made, 100)
        four.sql("SELECT buys_make_partitions(14)")
        keeps_telling(made, 30)
    made.were_counted()
    assert made.cut == 0
    assert four.sql(
        "SELECT DISTINCT tableoid::regclass::text FROM buys WHERE received_at > clock_timestamp() - interval '9 s'"
    )
    asked(four, four.token())


def test_the_service_is_up_as_long_in_every_process_whoever_is_replaced(four: Stack) -> None:
    token = four.token()

    def beginnings() -> set[int]:
        shown = asked(four, token)
        return {
            round(datetime.fromisoformat(each["current_time"]).timestamp() - each["uptime_seconds"]) for each in shown
        }

    before = beginnings()
    for process in children(four.master):
        os.kill(process, signal.SIGKILL)
        eventually(lambda: process not in (now := children(four.master)) and len(now) == 4, "another took its place")  # noqa: B023 - asked at once
        eventually(four.all_are_here, "it has loaded")
    eventually(four.settled, "all processes answer")
    after = beginnings()
    assert max(before | after) - min(before | after) <= 1
    four.sql("UPDATE service_presence SET began_at = clock_timestamp() - interval '1 hour'")
    assert {each["uptime_seconds"] // 60 for each in asked(four, token)} == {60}
