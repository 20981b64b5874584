"""A payment and the end of its time in the same instant: the goods are kept and paid for, or the money goes back."""

import random
import threading
import time
from collections import Counter
from typing import Any

import pytest

from app.core import context, db
from app.orders.service import steps
from tests.processes.shelf import at_once
from tests.processes.till import Till
from tests.scale import scaled

pytestmark = pytest.mark.chaos

WITHIN = 4.0
END = """
    UPDATE orders SET pay_by = clock_timestamp() + random() * make_interval(secs => %s) WHERE reference = ANY (%s)
"""
SURELY = "UPDATE orders SET pay_by = clock_timestamp() + %s::interval WHERE reference = %s"
ENDED = """
    SELECT status, payment_status, count(*)::int FROM orders WHERE reference = ANY (%s) GROUP BY 1, 2 ORDER BY 1
"""
KEPT, GIVEN_BACK = ("CONFIRMED", "paid"), ("CANCELLED", "refunded")


def sweep(till: Till, over: threading.Event) -> None:
    """Undo what is not paid in time, without a pause, beside the one of the crew."""
    while not over.is_set():
        with till.shelf.app.app_context(), context.surroundings(source="job"), db.transaction():
            steps.expire_unpaid()


def ends(till: Till, names: list[str]) -> Counter[tuple[str, str]]:
    """How the orders have ended."""
    return Counter({(status, paid): many for status, paid, many in till.web.sql(ENDED, names)})


def test_a_payment_at_the_end_of_its_time_is_kept_or_goes_back(till: Till) -> None:
    till.people()
    over, found = threading.Event(), Counter[tuple[str, str]]()
    for _ in range(scaled(10, least=1)):
        orders = till.ordered(scaled(100, least=20))
        sweeper = threading.Thread(target=sweep, args=(till, over))
        sweeper.start()
        try:
            found += _meet(till, orders)
        finally:
            over.set()
            sweeper.join()
            over.clear()
        till.until_quiet()
    assert found.keys() == {KEPT, GIVEN_BACK}


def _meet(till: Till, orders: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    names = [order["reference"] for order in orders]

    def pay(name: str) -> None:
        time.sleep(random.uniform(0, WITHIN))  # noqa: S311 - the instant is chance on purpose
        till.provider.pay(name)

    till.web.sql(END, 2 * WITHIN, names)
    # Whatever chance does with the others, one is in time and one is not.
    till.web.sql(SURELY, "1 day", names[0])
    till.web.sql(SURELY, "0", names[1])
    at_once(pay, names, lanes=20)
    at_rest = {KEPT, GIVEN_BACK}
    till.crew.until(lambda: ends(till, names).keys() <= at_rest, "each is paid and kept or given back", 75)
    found = ends(till, names)
    told = Counter(tuple(status for status, _ in till.provider.events(name)) for name in names)
    assert told[("success",)] == found[KEPT]
    assert told[("success", "refunded")] == found[GIVEN_BACK]
    return found
