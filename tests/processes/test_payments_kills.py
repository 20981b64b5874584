"""Whoever dies in the middle of a payment or a refund: the money moves once, at the provider and in our books."""

import signal
from collections import Counter

import pytest

from tests.processes.stack import serving_beside
from tests.processes.till import Till
from tests.scale import scaled

pytestmark = pytest.mark.chaos

RECEIVED = "SELECT count(*)::int FROM webhook_events WHERE reference = ANY (%s)"
SENT = "SELECT count(*)::int FROM refunds WHERE reference = ANY (%s) AND state = 'succeeded'"
PAID, BACK = ("success", "19.90"), ("refunded", "19.90")


@pytest.mark.parametrize("point", ["jobs.leased", "jobs.before_commit", "jobs.done"])
def test_a_worker_killed_while_it_settles_takes_each_payment_once(till: Till, point: str) -> None:
    healthy = till.people()
    orders = till.ordered(scaled(100))
    till.until_quiet()
    till.crew.dismiss(healthy)
    till.pay(orders)
    names = [order["reference"] for order in orders]
    till.crew.until(lambda: till.web.sql(RECEIVED, names) == [(len(orders),)], "all messages came")
    killed = till.people(HOLDFAST_CRASH_POINT=point)
    till.until_settled(orders)
    till.until_quiet()
    assert killed.ends == [-signal.SIGKILL]
    assert till.captures(orders) == dict.fromkeys(names, 1)


@pytest.mark.parametrize("point", ["jobs.leased", "jobs.called", "jobs.before_commit", "jobs.done"])
def test_a_worker_killed_around_the_call_pays_back_once(till: Till, point: str) -> None:
    healthy = till.people()
    orders = till.ordered(scaled(100))
    till.pay(orders)
    till.until_settled(orders)
    till.until_quiet()
    till.crew.dismiss(healthy)
    till.provider.behave(duplicates=1)
    for order in orders:
        till.give_back(order)
    killed = till.people(HOLDFAST_CRASH_POINT=point)
    till.until_settled(orders, paid="refunded")
    till.until_quiet()
    assert killed.ends == [-signal.SIGKILL]
    for order in orders:
        assert till.provider.events(order["reference"]) == [PAID, BACK]
    assert till.web.sql(SENT, [order["reference"] for order in orders]) == [(len(orders),)]


@pytest.mark.parametrize("point", ["edge.before_commit:3", "edge.committed:3"])
def test_a_web_process_killed_around_the_commit_of_a_message_hears_it_again(till: Till, point: str) -> None:
    till.people()
    orders = till.ordered(scaled(100, least=9))
    with serving_beside(till.web, HOLDFAST_CRASH_POINT=point, WORKERS="1") as fragile:
        till.provider.tells(fragile.port)
        till.pay(orders)
        till.until_settled(orders)
        till.until_quiet()
        assert "SIGKILL" in fragile.output.read_text()
    assert Counter(till.captures(orders).values()) == {1: len(orders)}
