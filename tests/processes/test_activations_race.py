"""Many want the same money at once; Redis is flushed or gone; renewals meet: what is paid is there, once."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from tests.processes.kiosk import Kiosk
from tests.processes.shelf import at_once, told
from tests.scale import scaled

PERIODS = """
    SELECT starts_at, ends_at, ends_at - starts_at = interval '30 days' FROM subscriptions
    WHERE user_id = %s AND offer_id = %s AND starts_at IS NOT NULL ORDER BY starts_at
"""


def test_of_fifty_at_once_with_money_for_ten_ten_are_taken(kiosk: Kiosk) -> None:
    offer, (buyer,) = kiosk.offer(), kiosk.customers(1, "10.00")
    answers = at_once(lambda _: kiosk.wish(buyer, offer, repeat=True), range(50))
    while (more := kiosk.wish(buyer, offer, repeat=True)).status_code != 409:  # who waited for too long comes again
        answers.append(more)
    assert more.json()["code"] == "insufficient_balance"
    assert told(answers)[202, ""] == 10
    assert told(answers).keys() <= {(202, ""), (409, "insufficient_balance"), (503, "busy")}
    assert kiosk.balance(buyer) == "0.00"
    kiosk.people()
    names = [answer.json()["transaction_id"] for answer in answers if answer.status_code == 202]
    assert kiosk.are_exact(names) == {"SUCCESS": 10}
    assert kiosk.balance(buyer) == "0.00"


def test_anothers_transaction_is_not_there(kiosk: Kiosk) -> None:
    offer, (anna, bert) = kiosk.offer(), kiosk.customers(2)
    (name,) = kiosk.asked([anna], offer)
    kiosk.people()
    for _ in range(2):
        for ask in (kiosk.status, kiosk.transaction):
            assert ask(anna, name).status_code == 200
            assert (ask(bert, name).status_code, ask(bert, name).json()["code"]) == (404, "transaction_not_found")
        kiosk.until_ended([name])


def test_a_redis_that_is_flushed_all_the_time_loses_nothing(kiosk: Kiosk) -> None:
    offer, buyers = kiosk.offer(), kiosk.customers(scaled(200, least=6))
    kiosk.partner.behave(success_rate=0.75, delay=0.05)
    kiosk.people()
    names = kiosk.asked(buyers, offer)
    flushed = 0
    while not set(kiosk.states(names).values()) <= {"SUCCESS", "FAILED"} or flushed < 5:
        kiosk.web.redis.flushall()
        flushed += 1
        kiosk.crew.during(0.2)
    kiosk.are_exact(names)
    for buyer, name in zip(buyers, names, strict=True):
        assert kiosk.status(buyer, name).json()["status"] == kiosk.states([name])[name]


def test_without_redis_offers_are_taken_and_their_status_is_right(kiosk: Kiosk) -> None:
    offer, (buyer,) = kiosk.offer(), kiosk.customers(1, "2.00")
    (before,) = kiosk.asked([buyer], offer)
    with kiosk.web.without(kiosk.web.valkey):
        assert kiosk.status(buyer, before).json()["status"] == "PENDING"
        answer = kiosk.wish(buyer, offer, repeat=True)
        assert answer.status_code == 202
        assert kiosk.status(buyer, answer.json()["transaction_id"]).json()["status"] == "PENDING"
    kiosk.people()
    names = [before, answer.json()["transaction_id"]]
    assert kiosk.are_exact(names) == {"SUCCESS": 2}
    with kiosk.web.without(kiosk.web.valkey):
        assert kiosk.status(buyer, before).json()["status"] == "SUCCESS"


@pytest.mark.chaos
def test_renewals_that_meet_follow_each_other_and_shorten_nothing(kiosk: Kiosk) -> None:
    offer, (buyer,) = kiosk.offer(), kiosk.customers(1, "100.00")
    kiosk.people()
    kiosk.crew.keep("worker")
    first = kiosk.asked([buyer], offer)
    kiosk.until_ended(first)
    running = kiosk.web.sql(PERIODS, buyer.id, offer)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: kiosk.wish(buyer, offer, repeat=True), range(scaled(50, least=6))))
    names = [answer.json()["transaction_id"] for answer in answers if answer.status_code == 202]
    assert kiosk.are_exact(first + names) == {"SUCCESS": 1 + len(names)}
    periods = kiosk.web.sql(PERIODS, buyer.id, offer)
    assert periods[:1] == running
    assert len(periods) == 1 + len(names)
    assert all(before[1] == after[0] for before, after in pairwise(periods))
    assert all(whole for _, _, whole in periods)
