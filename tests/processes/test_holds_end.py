"""A hold ends once, whoever ends it and whatever has died meanwhile."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import repeat

import pytest

from app.operations.demo.buyers import Buyer
from tests.processes.shelf import LAPSE, Shelf, at_once, meeting, told, watched, were_sound
from tests.processes.stack import Stack
from tests.scale import scaled

DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
ENDINGS = """
    SELECT h.state, count(m.id) FROM stock_holds AS h
    LEFT JOIN stock_movements AS m ON m.cause = 'hold:' || h.id AND m.kind <> 'held'
    WHERE h.id = %s::uuid GROUP BY h.state
"""
EXPIRE = """
    SELECT inventory_end(
        %s::uuid[], 'expired', jsonb_build_object('name', 'test', 'request_id', 'test', 'source', 'job')
    )
"""
# An order completes a hold in a transaction of its own; here it thinks better of it.
COMPLETED_IN_VAIN = """
    BEGIN; SELECT inventory_complete(id, user_id) FROM stock_holds WHERE product_id = %s AND state = 'held' LIMIT 1;
    ROLLBACK
"""


def lapse(web: Stack, *products: int) -> None:
    web.sql(f"{LAPSE} AND product_id = ANY (%s)", list(products))


@pytest.mark.chaos
def test_ten_sweeps_at_once_free_each_hold_once(shelf: Shelf) -> None:
    products, buyers = [shelf.product(50) for _ in range(3)], shelf.buyers(scaled(1000, 30))
    for number, buyer in enumerate(buyers):
        assert shelf.hold(buyer, products[number % 3]).status_code == (201 if number < 150 else 409)
    many = min(len(buyers), 150)
    lapse(shelf.web, *products)
    start = threading.Barrier(10)

    def sweep(_: None) -> int:
        start.wait()
        return shelf.sweep()

    assert sum(at_once(sweep, repeat(None, 10), lanes=10)) == many
    assert {shelf.counters(product) for product in products} == {(50, 50, 0)}
    ended = "SELECT count(*) FROM stock_movements WHERE product_id = ANY (%s) AND kind = 'expired'"
    assert shelf.web.sql(ended, products) == [(many,)]
    shelf.is_sound()


def test_without_worker_scheduler_and_redis_the_next_buyer_gets_a_lapsed_unit(shelf: Shelf) -> None:
    product, (anna, bert) = shelf.product(1), shelf.buyers(2)
    with shelf.web.without(shelf.web.valkey):
        held = shelf.hold(anna, product).json()["id"]
        assert told([shelf.hold(bert, product)]) == {(409, "insufficient_stock"): 1}
        lapse(shelf.web, product)
        assert shelf.hold(bert, product).status_code == 201
        assert told([shelf.release(anna, held)]) == {(409, "reservation_ended"): 1}
    assert shelf.counters(product) == (1, 0, 1)
    assert shelf.web.sql(ENDINGS, held) == [("expired", 1)]
    shelf.is_sound()


@pytest.mark.chaos
def test_of_fifty_buyers_of_one_lapsed_unit_one_gets_it(shelf: Shelf) -> None:
    product, (anna, *others) = shelf.product(1), shelf.buyers(51)
    for _ in range(scaled(100)):
        held = shelf.hold(anna, product).json()["id"]
        lapse(shelf.web, product)
        with watched(shelf, product) as seen:
            answers = at_once(lambda buyer: shelf.hold(buyer, product), others)
        assert told(answers) == {(201, ""): 1, (409, "insufficient_stock"): 49}
        assert shelf.web.sql(ENDINGS, held) == [("expired", 1)]
        were_sound(seen)
        lapse(shelf.web, product)
        assert shelf.sweep() == 1


@pytest.mark.chaos
def test_expiry_and_release_at_the_same_instant_end_it_once(shelf: Shelf) -> None:
    product, (anna,) = shelf.product(1), shelf.buyers(1)
    ends, seconds = set(), 0.005
    about_now = "UPDATE stock_holds SET expires_at = clock_timestamp() + make_interval(secs => %s) WHERE id = %s::uuid"
    with ThreadPoolExecutor(2) as pool:
        for _ in range(scaled(2000, 60)):
            held = shelf.hold(anna, product).json()["id"]
            shelf.web.sql(about_now, seconds, held)
            released = pool.submit(shelf.release, anna, held)
            while not (found := shelf.web.sql(ENDINGS, held))[0][1]:
                shelf.sweep()
            status = released.result().status_code
            (state, endings) = shelf.web.sql(ENDINGS, held)[0]
            assert (state, endings) == ("released" if status == 204 else "expired", 1), found
            assert shelf.counters(product) == (1, 1, 0)
            ends.add(state)
            seconds *= 0.9 if state == "released" else 1.1  # closer and closer to the moment at which either may win
    assert ends == {"released", "expired"}
    shelf.is_sound()


def test_releases_of_one_hold_that_meet_at_its_row_free_it_once(patient: Shelf) -> None:
    product, (anna,) = patient.product(9), patient.buyers(1)
    held, *_ = [patient.hold(anna, product, 2).json()["id"] for _ in range(3)]
    row = f"stock_holds WHERE id = '{held}'"
    answers = meeting(patient, row, [lambda: patient.release(anna, held)] * 10)
    assert told(answers) == {(204, ""): 10}
    assert patient.web.sql(ENDINGS, held) == [("released", 1)]
    assert patient.counters(product) == (9, 5, 4)


def test_sweeps_that_meet_take_the_counters_in_one_order(patient: Shelf) -> None:
    products, buyers = [patient.product(50) for _ in range(3)], patient.buyers(2)
    for _ in range(scaled(50, 5)):
        shares = [[patient.hold(buyer, each).json()["id"] for each in products] for buyer in buyers]
        lapse(patient.web, *products)
        ends = [partial(patient.web.sql, EXPIRE, share) for share in shares]
        assert meeting(patient, f"product_stock WHERE product_id = {products[1]}", ends) == [[(3,)], [(3,)]]


def test_a_hold_that_is_not_due_is_ended_by_no_sweep(shelf: Shelf) -> None:
    product, (anna,) = shelf.product(3), shelf.buyers(1)
    held = shelf.hold(anna, product).json()["id"]
    assert shelf.web.sql(EXPIRE, [held]) == [(0,)]
    assert shelf.sweep() == 0
    assert shelf.counters(product) == (3, 2, 1)


class Shopper:
    """Somebody who holds, gives back, restocks, lets lapse, sweeps and thinks better of it, all in turn."""

    def __init__(self, shelf: Shelf, products: list[int], buyer: Buyer) -> None:
        self.shelf, self.products, self.buyer = shelf, products, buyer
        self.chance = random.Random(buyer.name)  # noqa: S311 - the same acts each time
        self.held: list[str] = []
        self.faults: list[str] = []

    def act(self, times: int) -> None:
        """So many acts."""
        acts = [*[self.hold] * 5, *[self.release] * 3, self.adjust, self.lapse, self.sweep, self.complete]
        for _ in range(times):
            self.chance.choice(acts)()

    def hold(self) -> None:
        answer = self.shelf.hold(self.buyer, self.chance.choice(self.products), self.chance.randint(1, 3))
        if answer.status_code == 201:
            self.held.append(answer.json()["id"])
        self._expect(answer.status_code, answer.text, {201, 409})

    def release(self) -> None:
        if self.held:
            answer = self.shelf.release(self.buyer, self.held.pop())
            self._expect(answer.status_code, answer.text, {204, 409})

    def adjust(self) -> None:
        path = f"/api/v1/products/{self.chance.choice(self.products)}/stock-adjustments"
        change = {"delta": self.chance.choice((-2, 3)), "reason": "counted"}
        answer = self.shelf.web.call("POST", path, token=self.shelf.token, json=change, timeout=60)
        self._expect(answer.status_code, answer.text, {201, 409})

    def lapse(self) -> None:
        lapse(self.shelf.web, *self.products)

    def sweep(self) -> None:
        self.shelf.sweep()

    def complete(self) -> None:
        self.shelf.web.sql(COMPLETED_IN_VAIN, self.chance.choice(self.products))

    def _expect(self, status: int, text: str, allowed: set[int]) -> None:
        if status not in allowed:
            self.faults.append(f"{status} {text}")


@pytest.mark.chaos
def test_everything_mixed_over_24_clients_never_deadlocks_and_is_exact_at_the_end(patient: Shelf) -> None:
    (before,) = patient.web.sql(DEADLOCKS)
    products = [patient.product(30) for _ in range(4)]
    shoppers = [Shopper(patient, products, buyer) for buyer in patient.buyers(24)]
    with watched(patient, products[0]) as seen:
        at_once(lambda shopper: shopper.act(scaled(1000, 25)), shoppers, lanes=24)
    assert [fault for shopper in shoppers for fault in shopper.faults] == []
    assert patient.web.sql(DEADLOCKS) == [before]
    were_sound(seen)
    lapse(patient.web, *products)
    while patient.sweep():
        pass
    assert {patient.counters(product)[2] for product in products} == {0}
    patient.is_sound()
