"""A payment and the end of its time in the same instant: the goods are kept and paid for, or the money goes back.

The messages are taken by the running web processes and wait, as nobody works yet. Then each is settled within three
milliseconds of the end of its order's time, while somebody undoes what is not paid, without a pause.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from app.core import context, db
from app.orders.service import steps
from app.payments.service import inbox
from tests.processes.shelf import at_once
from tests.processes.till import Till
from tests.scale import scaled

pytestmark = pytest.mark.chaos

LANES, WITHIN, AHEAD = 3, 0.003, 0.02
RECEIVED = "SELECT reference, id FROM webhook_events WHERE reference = ANY (%s)"
END = text("""
    UPDATE orders SET pay_by = clock_timestamp() + make_interval(secs => :ahead) WHERE reference = :name
    RETURNING pay_by
""")
ENDED = """
    SELECT status, payment_status, count(*)::int FROM orders WHERE reference = ANY (%s) GROUP BY 1, 2 ORDER BY 1
"""
APART = """
    SELECT (1000 * max(abs(extract(epoch FROM e.at - o.pay_by))))::int
    FROM orders AS o JOIN order_events AS e ON e.order_id = o.id AND e.kind = 'paid'
    WHERE o.reference = ANY (%s)
"""
KEPT, GIVEN_BACK = ("CONFIRMED", "paid"), ("CANCELLED", "refunded")


@contextmanager
def working(till: Till) -> Iterator[None]:
    """A transaction of a job."""
    with till.shelf.app.app_context(), context.surroundings(source="job"), db.transaction():
        yield


def sweep(till: Till, over: threading.Event) -> None:
    """Undo what is not paid in time, without a pause."""
    while not over.is_set():
        with working(till):
            steps.expire_unpaid()


def meet(till: Till, name: str, event_id: int) -> None:
    """The message is settled at the moment at which the time of its order ends."""
    with working(till):
        ends_at = db.session().scalar(END, {"ahead": AHEAD, "name": name})
    with working(till):
        db.session().connection()
        instant = ends_at.timestamp() + random.uniform(-WITHIN, WITHIN)  # noqa: S311 - the instant is chance on purpose
        time.sleep(max(instant - time.time(), 0))
        inbox.settle(ids=[event_id], patience_hours=1)


def ends(till: Till, names: list[str]) -> Counter[tuple[str, str]]:
    """How the orders have ended."""
    return Counter({(status, paid): many for status, paid, many in till.web.sql(ENDED, names)})


def test_a_payment_at_the_end_of_its_time_is_kept_or_goes_back(till: Till) -> None:
    orders, over = till.ordered(scaled(1000, least=60)), threading.Event()
    names = [order["reference"] for order in orders]
    till.pay(orders)
    till.crew.until(lambda: len(till.web.sql(RECEIVED, names)) == len(names), "all messages came")
    sweeper = threading.Thread(target=sweep, args=(till, over))
    sweeper.start()
    try:
        at_once(lambda event: meet(till, *event), till.web.sql(RECEIVED, names), lanes=LANES)
    finally:
        over.set()
        sweeper.join()
    till.people()
    till.crew.until(lambda: ends(till, names).keys() <= {KEPT, GIVEN_BACK}, "each is kept or given back", 600)
    till.until_quiet(within=600)  # five jobs for each order
    found = ends(till, names)
    assert found.keys() == {KEPT, GIVEN_BACK}, till.web.sql(APART, names)
    told = Counter(tuple(status for status, _ in till.provider.events(name)) for name in names)
    assert told == {("success",): found[KEPT], ("success", "refunded"): found[GIVEN_BACK]}
