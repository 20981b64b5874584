"""Many buyers ask at once over HTTP: as many win as there are units, and everybody else is told why not."""

from itertools import repeat

import pytest

from tests.processes.shelf import Shelf, at_once, meeting, told, watched, were_sound
from tests.processes.stack import FLASK
from tests.scale import scaled

NONE_LEFT = (409, "insufficient_stock")


def test_five_units_and_fifty_buyers_make_five_winners_at_each_instant(shelf: Shelf) -> None:
    product, buyers = shelf.product(5), shelf.buyers(50)
    with watched(shelf, product) as seen:
        answers = at_once(lambda buyer: shelf.hold(buyer, product), buyers)
    assert told(answers) == {(201, ""): 5, NONE_LEFT: 45}
    assert {answer.json()["available"] for answer in answers if answer.status_code == 409} == {0}
    assert shelf.counters(product) == (5, 0, 5)
    were_sound(seen)
    shelf.is_sound()


@pytest.mark.chaos
def test_two_thousand_buyers_of_a_hundred_units_buy_a_hundred_again_and_again(shelf: Shelf) -> None:
    buyers = shelf.buyers(scaled(2000, 200))
    for _ in range(scaled(20)):
        product = shelf.product(100)
        answers = at_once(lambda buyer: shelf.hold(buyer, product), buyers)  # noqa: B023 - asked at once
        assert told(answers) == {(201, ""): 100, NONE_LEFT: len(buyers) - 100}
        assert shelf.counters(product) == (100, 0, 100)
    shelf.is_sound()


def test_what_is_asked_for_in_parts_never_comes_to_more_than_there_is(shelf: Shelf) -> None:
    product, buyers = shelf.product(20), shelf.buyers(40)
    answers = at_once(lambda buyer: shelf.hold(buyer, product, 3), buyers)
    assert told(answers) == {(201, ""): 6, NONE_LEFT: 34}
    assert shelf.counters(product) == (20, 2, 18)


def test_a_hundred_parallel_holds_with_one_key_are_one_hold(shelf: Shelf) -> None:
    product, (anna, bert) = shelf.product(200), shelf.buyers(2)
    key = f"one-of-100-{product}"
    answers = at_once(lambda _: shelf.hold(anna, product, key=key), repeat(None, 100))
    statuses = told(answers)
    assert statuses.keys() <= {(201, ""), (409, "idempotency_in_flight")}, statuses
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in made}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in made) == 1
    assert shelf.counters(product) == (200, 199, 1)
    other = shelf.hold(anna, product, 2, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    theirs = shelf.hold(bert, product, 2, key=key)
    assert (theirs.status_code, "Idempotent-Replayed" in theirs.headers) == (201, False)
    assert shelf.counters(product) == (200, 197, 3)


def test_of_all_holds_of_one_customer_that_meet_at_one_row_ten_are_made(patient: Shelf) -> None:
    product, (anna,) = patient.product(200), patient.buyers(1)
    row = f"product_stock WHERE product_id = {product}"
    answers = meeting(patient, row, [lambda: patient.hold(anna, product)] * 20)
    assert told(answers) == {(201, ""): 10, (409, "too_many_holds"): 10}
    assert patient.counters(product) == (200, 190, 10)


def test_the_demonstration_shows_it_over_the_running_stack(shelf: Shelf) -> None:
    done = shelf.web.run(*FLASK, "demo", "race", "--stock", "5", "--buyers", "50")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"over HTTP at 127.0.0.1:{shelf.web.port}" in done.stdout
    assert "total 5, available 0, reserved 5" in done.stdout
    assert "Traceback" not in done.stderr
    shelf.is_sound()
