"""Many buyers ask for few units over HTTP: as many win as there are units, and everybody else is told why not."""

import time
from itertools import repeat

import pytest

from tests.processes.sale import Sale, watched
from tests.processes.shelf import at_once, told
from tests.scale import scaled

SOLD_OUT, HELD = (409, "sold_out"), (409, "held_by_others")


def test_two_customers_and_one_unit(sale: Sale) -> None:
    """One gets it, the other hears that it is held, gets it when the time is over, and then it is sold for everyone."""
    promo, (anna, bert) = sale.promo(1), sale.shelf.buyers(2)
    began = time.monotonic()
    mine = sale.hold(anna, promo)
    assert mine.status_code == 201
    theirs = sale.hold(bert, promo)
    assert told([theirs]) == {HELD: 1}
    assert 60 - (time.monotonic() - began) <= int(theirs.headers["Retry-After"]) <= 66
    sale.lapse(promo)
    again = sale.hold(bert, promo)
    assert again.status_code == 201
    assert told([sale.complete(anna, mine.json()["id"])]) == {(409, "hold_expired"): 1}
    assert sale.complete(bert, again.json()["id"]).status_code == 200
    assert told([sale.hold(anna, promo)]) == {SOLD_OUT: 1}
    assert told([sale.hold(bert, promo)]) == {(409, "limit_reached"): 1}
    assert sale.counters(promo) == (1, 0, 1, 0)


@pytest.mark.chaos
def test_two_thousand_buyers_of_a_hundred_units_buy_a_hundred_again_and_again(sale: Sale) -> None:
    buyers = sale.shelf.buyers(scaled(2000, 300))
    for _ in range(scaled(20)):
        promo = sale.promo(100)
        with watched(sale, promo):
            answers = at_once(lambda buyer: sale.hold(buyer, promo), buyers)  # noqa: B023 - asked at once
        assert told(answers) == {(201, ""): 100, HELD: len(buyers) - 100}
        winners = [(buyer, answer) for buyer, answer in zip(buyers, answers, strict=True) if answer.status_code == 201]
        bought = at_once(lambda pair: sale.complete(pair[0], pair[1].json()["id"]), winners)
        assert {answer.status_code for answer in bought} == {200}
        assert sale.counters(promo) == (100, 0, 100, 0)
        late = at_once(lambda buyer: sale.hold(buyer, promo), buyers[:200])  # noqa: B023 - asked at once
        assert told(late).keys() <= {SOLD_OUT, (409, "limit_reached")}


def test_buyers_who_buy_at_once_buy_each_unit_once(sale: Sale) -> None:
    promo, buyers = sale.promo(20), sale.shelf.buyers(60)

    def buy(buyer: object) -> int:
        made = sale.hold(buyer, promo)  # type: ignore[arg-type]  # a buyer
        if made.status_code != 201:
            assert told([made]).keys() <= {SOLD_OUT, HELD}
            return 0
        return int(sale.complete(buyer, made.json()["id"]).status_code == 200)  # type: ignore[arg-type]  # a buyer

    with watched(sale, promo):
        assert sum(at_once(buy, buyers)) == 20
    assert sale.counters(promo) == (20, 0, 20, 0)
    assert sale.shelf.web.sql("SELECT count(*) FROM orders WHERE source_id = %s", promo) == [(20,)]


@pytest.mark.chaos
def test_fifty_parallel_holds_of_one_customer_are_one_hold_that_the_others_name(sale: Sale) -> None:
    for _ in range(scaled(50)):
        promo, (anna,) = sale.promo(60, per_customer_limit=60), sale.shelf.buyers(1)
        answers = at_once(lambda _: sale.hold(anna, promo), repeat(None, 50))  # noqa: B023 - asked at once
        made = [answer.json()["id"] for answer in answers if answer.status_code == 201]
        assert len(made) == 1
        others = [answer.json() for answer in answers if answer.status_code == 409]
        assert {(other["code"], other["reservation_id"]) for other in others} == {("held_by_you", made[0])}
        assert {answer.status_code for answer in answers} <= {201, 409, 503}
        assert sale.counters(promo) == (60, 1, 0, 0)


def test_a_customer_never_buys_more_than_the_limit_however_it_is_tried(sale: Sale) -> None:
    promo, (anna,) = sale.promo(30, per_customer_limit=3), sale.shelf.buyers(1)

    def buy(_: None) -> None:
        while (made := sale.hold(anna, promo)).json().get("code") in {None, "held_by_you"}:
            if made.status_code == 201:
                sale.complete(anna, made.json()["id"])

    at_once(buy, repeat(None, 8), lanes=8)
    assert sale.counters(promo) == (30, 0, 3, 0)


@pytest.mark.chaos
def test_a_hundred_parallel_holds_with_one_key_are_one_hold(sale: Sale) -> None:
    promo, (anna,) = sale.promo(5, per_customer_limit=5), sale.shelf.buyers(1)
    key = f"one-of-100-{promo}"
    answers = at_once(lambda _: sale.hold(anna, promo, key=key), repeat(None, 100))
    assert told(answers).keys() <= {(201, ""), (409, "idempotency_in_flight")}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert sale.counters(promo) == (5, 1, 0, 0)
