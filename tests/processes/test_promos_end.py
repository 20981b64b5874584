"""A hold is bought or free again, never both and never neither; a pause and an end hold at once."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any

import psycopg2
import pytest

from app.operations.demo.buyers import Buyer
from tests.processes.load import HOLDS, PROMOS, going_on
from tests.processes.sale import Sale, after, watched
from tests.processes.shelf import WAITING, at_once, told
from tests.processes.stack import DATABASE, eventually
from tests.scale import scaled

DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
STATE = "SELECT state, order_id IS NOT NULL FROM promo_holds WHERE id = %s::uuid"
YOUNGER = """
    SELECT count(*)::int FROM promo_holds AS h JOIN promos AS p ON p.id = h.promo_id
    WHERE p.id = %s AND h.created_at > coalesce(p.ended_at, p.paused_at)
"""
IN_TIME = """
    SELECT min(h.created_at) >= p.starts_at, max(h.created_at) < p.ends_at
    FROM promo_holds AS h JOIN promos AS p ON p.id = h.promo_id WHERE p.id = %s GROUP BY p.id
"""
SOON_OVER = "UPDATE promos SET ends_at = clock_timestamp() + interval '200 ms' WHERE id = %s"
OVER = "SELECT clock_timestamp() > ends_at + interval '300 ms' FROM promos WHERE id = %s"
ABOUT_NOW = "UPDATE promo_holds SET expires_at = clock_timestamp() + make_interval(secs => %s) WHERE id = %s::uuid"


@pytest.mark.chaos
def test_expiry_and_completion_at_the_same_instant_are_exactly_one_of_both(sale: Sale) -> None:
    rounds = scaled(2000, 60)
    promo, buyers = sale.promo(rounds), sale.shelf.buyers(rounds)
    found, seconds = Counter[str](), 0.005
    with ThreadPoolExecutor(2) as pool:
        for buyer in buyers:
            held = sale.hold(buyer, promo).json()["id"]
            sale.shelf.web.sql(ABOUT_NOW, seconds, held)
            bought = pool.submit(sale.complete, buyer, held)
            while not sale.sweep() and not bought.done():
                pass
            answer = bought.result()
            sale.sweep()
            ((state, ordered),) = sale.shelf.web.sql(STATE, held)
            assert (state, ordered) in {("completed", True), ("expired", False)}
            assert told([answer]) == ({(200, ""): 1} if ordered else {(409, "hold_expired"): 1})
            found[state] += 1
            seconds *= 0.9 if ordered else 1.1  # closer and closer to the moment at which either may win
    assert found.keys() == {"completed", "expired"}
    assert sale.counters(promo) == (rounds, 0, found["completed"], 0)


@pytest.mark.parametrize("wait", [0.05, 3.0], ids=["for less than the lock may take", "for longer"])
def test_a_completion_that_waited_for_its_hold_past_the_expiry_is_refused(sale: Sale, wait: float) -> None:
    promo, (anna,) = sale.promo(1), sale.shelf.buyers(1)
    held = sale.hold(anna, promo).json()["id"]
    connection = psycopg2.connect(sale.shelf.web.postgres.url(DATABASE))
    with closing(connection), ThreadPoolExecutor(1) as pool, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE promo_holds SET expires_at = clock_timestamp() + interval '20 ms' WHERE id = %s::uuid", [held]
        )
        connection.commit()
        cursor.execute("SELECT FROM promo_holds WHERE id = %s::uuid FOR UPDATE", [held])
        asked = pool.submit(sale.shelf.web.call, "POST", f"{HOLDS}/{held}/complete", token=anna.token)
        eventually(lambda: sale.shelf.web.sql(WAITING) == [(1,)] or asked.done(), "the completion waits")
        over = "SELECT clock_timestamp() > expires_at + make_interval(secs => %s) FROM promo_holds WHERE id = %s::uuid"
        eventually(lambda: sale.shelf.web.sql(over, wait, held) == [(True,)] or asked.done(), "the hold is over")
        connection.rollback()
        answer = asked.result()
    assert told([answer]).keys() <= {(409, "hold_expired"), (503, "busy")}
    if answer.status_code == 503:
        assert int(answer.headers["Retry-After"]) >= 1
    assert told([sale.complete(anna, held)]) == {(409, "hold_expired"): 1}
    sale.sweep()
    assert sale.counters(promo) == (1, 0, 0, 0)


def test_without_worker_scheduler_and_redis_the_next_buyer_gets_a_lapsed_unit_and_buys_it(sale: Sale) -> None:
    promo, (anna, bert) = sale.promo(1), sale.shelf.buyers(2)
    with sale.shelf.web.without(sale.shelf.web.valkey):
        held = sale.hold(anna, promo).json()["id"]
        assert told([sale.hold(bert, promo)]) == {(409, "held_by_others"): 1}
        sale.lapse(promo)
        theirs = sale.hold(bert, promo)
        assert theirs.status_code == 201
        assert told([sale.complete(anna, held)]) == {(409, "hold_expired"): 1}
        assert sale.complete(bert, theirs.json()["id"]).status_code == 200
    assert sale.counters(promo) == (1, 0, 1, 0)


class Crowd:
    """Buyers who hold, buy and give back without a pause, and when the last ones held."""

    def __init__(self, sale: Sale, promo: int) -> None:
        self.sale, self.promo, self.over = sale, promo, threading.Event()
        self.made: list[str] = []
        self.faults: list[str] = []

    def buy(self, buyer: Buyer) -> None:
        """A unit, and back again."""
        while not self.over.is_set():
            answer = self.sale.hold(buyer, self.promo)
            if answer.status_code == 201:
                self.made.append(answer.json()["created_at"])
                self.sale.release(buyer, answer.json()["id"])
            elif answer.json()["code"] not in {"promo_not_running", "held_by_others"}:
                self.faults.append(answer.text)


@pytest.mark.parametrize("verb", ["pause", "end"])
def test_no_hold_is_younger_than_a_pause_or_an_end(sale: Sale, verb: str) -> None:
    promo, buyers = sale.promo(6), sale.shelf.buyers(12)
    crowd = Crowd(sale, promo)
    with watched(sale, promo), going_on(crowd.over, [partial(crowd.buy, buyer) for buyer in buyers]):
        for _ in range(scaled(50) if verb == "pause" else 1):
            before = len(crowd.made)
            eventually(lambda: len(crowd.made) > before + 20, "holds are made")  # noqa: B023 - asked at once
            assert sale.do(promo, verb).status_code == 200
            ((late,),) = sale.shelf.web.sql(YOUNGER, promo)
            assert late == 0
            if verb == "pause":
                assert sale.do(promo, "resume").status_code == 200
    assert crowd.faults == []


def test_a_hold_that_was_let_in_and_waited_past_the_end_is_refused(patient_sale: Sale) -> None:
    promo, (anna,) = patient_sale.promo(2), patient_sale.shelf.buyers(1)
    web = patient_sale.shelf.web
    first = patient_sale.hold(anna, promo).json()["id"]
    web.sql("UPDATE promo_holds SET expires_at = clock_timestamp() WHERE id = %s::uuid", first)
    connection = psycopg2.connect(web.postgres.url(DATABASE))
    with closing(connection), ThreadPoolExecutor(1) as pool, connection.cursor() as cursor:
        cursor.execute("SELECT FROM promo_holds WHERE id = %s::uuid FOR UPDATE", [first])
        asked = pool.submit(patient_sale.hold, anna, promo)
        eventually(lambda: web.sql(WAITING) == [(1,)], "it was let in and waits for a hold that has lapsed")
        web.sql("UPDATE promos SET starts_at = starts_at - interval '1 h' WHERE id = %s", promo)
        web.sql(SOON_OVER, promo)
        eventually(lambda: web.sql(OVER, promo) == [(True,)], "the promo is over")
        connection.rollback()
        assert told([asked.result()]) == {(409, "promo_not_running"): 1}
    assert patient_sale.counters(promo) == (2, 1, 0, 0)


def test_a_window_opens_and_closes_at_its_millisecond(sale: Sale) -> None:
    product = sale.shelf.product(5000)
    start, end = 0.8, 61.0
    promo = sale.promo(5000, product_id=product, per_customer_limit=5000, starts_at=after(start), ends_at=after(end))
    crowd = Crowd(sale, promo)
    with going_on(crowd.over, [partial(crowd.buy, buyer) for buyer in sale.shelf.buyers(8)]):
        eventually(lambda: len(crowd.made) > 20, "it is open")
        assert sale.shelf.web.sql(IN_TIME, promo) == [(True, True)]
        sale.shelf.web.sql("UPDATE promos SET starts_at = starts_at - interval '1 h' WHERE id = %s", promo)
        sale.shelf.web.sql(SOON_OVER, promo)
        eventually(lambda: sale.shelf.web.sql(OVER, promo) == [(True,)], "it is over")
    assert sale.shelf.web.sql(IN_TIME, promo) == [(True, True)]
    assert crowd.faults == []
    sale.lapse(promo)
    sale.sweep()
    sale.close_over()
    assert sale.shelf.counters(product) == (5000, 5000, 0)


def test_the_last_unit_whose_order_is_not_paid_is_on_sale_again_once(sale: Sale) -> None:
    promo, (anna, bert, cleo) = sale.promo(1), sale.shelf.buyers(3)
    order = sale.complete(anna, sale.hold(anna, promo).json()["id"]).json()
    assert told([sale.hold(bert, promo)]) == {(409, "sold_out"): 1}
    sale.shelf.web.sql("UPDATE orders SET pay_by = clock_timestamp() WHERE id = %s::uuid", order["id"])
    ended = at_once(lambda _: sale.expire_unpaid(), [None] * 6, lanes=6)
    assert sum(ended) == 1
    eventually(lambda: sale.hold(bert, promo).status_code in {201, 409} and sale.counters(promo)[1] == 1, "it is free")
    # A process that knew it as sold out says so for a moment longer.
    eventually(lambda: told([sale.hold(cleo, promo)]) == {(409, "held_by_others"): 1}, "each process has heard of it")
    assert sale.counters(promo) == (1, 1, 0, 0)


class Shopper:
    """Somebody who holds, buys, gives back, cancels, lets lapse, and sweeps, all in turn; and an operator beside."""

    def __init__(self, sale: Sale, promos: list[int], product: int, buyer: Buyer) -> None:
        self.sale, self.promos, self.product, self.buyer = sale, promos, product, buyer
        self.chance = random.Random(buyer.name)  # noqa: S311 - the same acts each time
        self.held: list[str] = []
        self.orders: list[str] = []
        self.faults: list[str] = []

    def act(self, times: int) -> None:
        """So many acts."""
        acts = [*[self.hold] * 6, *[self.complete] * 3, self.release, self.cancel, self.lapse, self.sweep, self.shelf,
                self.change, self.unpaid]  # fmt: skip
        for _ in range(times):
            self.chance.choice(acts)()

    def hold(self) -> None:
        answer = self.sale.hold(self.buyer, self.chance.choice(self.promos))
        if answer.status_code == 201:
            self.held.append(answer.json()["id"])
        self._expect(answer, {201, 409, 429})

    def complete(self) -> None:
        if self.held:
            answer = self.sale.complete(self.buyer, self.held.pop())
            if answer.status_code == 200:
                self.orders.append(answer.json()["id"])
            self._expect(answer, {200, 409})

    def release(self) -> None:
        if self.held:
            self._expect(self.sale.release(self.buyer, self.held.pop()), {204, 409})

    def cancel(self) -> None:
        if self.orders:
            path = f"/api/v1/orders/{self.orders.pop()}/cancel"
            web = self.sale.shelf.web
            self._expect(web.call("POST", path, token=self.buyer.token, timeout=60), {200, 409})

    def lapse(self) -> None:
        self.sale.lapse(self.chance.choice(self.promos))

    def sweep(self) -> None:
        self.sale.sweep()

    def shelf(self) -> None:
        self._expect(self.sale.shelf.hold(self.buyer, self.product), {201, 409})

    def change(self) -> None:
        path, change = f"{PROMOS}/{self.chance.choice(self.promos)}", {"quantity": self.chance.randint(8, 16)}
        web = self.sale.shelf.web
        self._expect(web.call("PATCH", path, token=self.sale.shelf.token, json=change, timeout=60), {200, 409})

    def unpaid(self) -> None:
        if self.orders:
            due = "UPDATE orders SET pay_by = clock_timestamp() WHERE id = %s::uuid AND status = 'PENDING'"
            self.sale.shelf.web.sql(due, self.orders[0])
            self.sale.expire_unpaid()

    def _expect(self, answer: Any, allowed: set[int]) -> None:
        if answer.status_code not in allowed:
            self.faults.append(f"{answer.status_code} {answer.text}")


@pytest.mark.chaos
def test_everything_mixed_over_24_clients_never_deadlocks_and_is_exact_at_the_end(patient_sale: Sale) -> None:
    sale = patient_sale
    (before,) = sale.shelf.web.sql(DEADLOCKS)
    products = [sale.shelf.product(40) for _ in range(3)]
    promos = [sale.promo(12, product_id=product, per_customer_limit=9) for product in products]
    shoppers = [Shopper(sale, promos, products[0], buyer) for buyer in sale.shelf.buyers(24)]
    with watched(sale, promos[0]):
        at_once(lambda shopper: shopper.act(scaled(1000, 40)), shoppers, lanes=24)
    assert sale.shelf.web.sql(DEADLOCKS) == [before]
    assert [fault for shopper in shoppers for fault in shopper.faults] == []


@pytest.mark.chaos
def test_selling_goes_on_exactly_while_redis_is_emptied_again_and_again(sale: Sale) -> None:
    promo, buyers = sale.promo(40), sale.shelf.buyers(120)
    over = threading.Event()

    def empty() -> None:
        while not over.is_set():
            sale.shelf.web.redis.flushall()
            over.wait(0.01)

    with going_on(over, [empty]), watched(sale, promo):
        answers = at_once(lambda buyer: sale.hold(buyer, promo), buyers)
        assert told(answers) == {(201, ""): 40, (409, "held_by_others"): 80}
        winners = [(buyer, made) for buyer, made in zip(buyers, answers, strict=True) if made.status_code == 201]
        bought = at_once(lambda pair: sale.complete(pair[0], pair[1].json()["id"]), winners)
    assert {answer.status_code for answer in bought} == {200}
    assert sale.counters(promo) == (40, 0, 40, 0)
