"""A worker that dies while it ends holds or promos: each unit comes back once, and each end is told once."""

import signal

import pytest

from tests.processes.crew import HEAVY_WORKER, SCHEDULER, WORKER, Crew
from tests.processes.sale import Sale
from tests.scale import scaled

pytestmark = pytest.mark.chaos

JOBS = ("promos.expire_holds", "promos.close_over")
POINTS = [f"{job}.{when}" for job in JOBS for when in ("before_commit", "done")]
UNITS = 200
OVER = """
    UPDATE promos SET starts_at = starts_at - interval '1 h', ends_at = clock_timestamp() WHERE id = %s;
    UPDATE promo_holds SET created_at = created_at - interval '1 h', expires_at = clock_timestamp() WHERE promo_id = %s
"""
STOCK = "SELECT held, sold, returned, state FROM promo_stock WHERE promo_id = %s"
BACK = "SELECT sum(available_delta)::int FROM stock_movements WHERE product_id = %s AND kind = 'returned'"
TOLD = "SELECT count(*)::int FROM audit_log WHERE action = 'promo.ended' AND object_id = %s::text"


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_while_it_ends_holds_and_promos_ends_each_once(sale: Sale, crew: Crew, point: str) -> None:
    stack, product = sale.shelf.web, sale.shelf.product(UNITS)
    promo = sale.promo(UNITS, product_id=product)
    for buyer in sale.shelf.buyers(scaled(UNITS, least=5)):
        assert sale.hold(buyer, promo).status_code == 201
    stack.sql(OVER, promo, promo)
    for role in (SCHEDULER, HEAVY_WORKER):
        crew.keep(*role)
    killed = crew.keep(*WORKER, HOLDFAST_CRASH_POINT=point)
    crew.until(lambda: stack.sql(STOCK, promo) == [(0, 0, UNITS, "closed")], "all units are back", 75)
    crew.until(lambda: killed.ends, "it died at that step", 75)
    assert killed.ends == [-signal.SIGKILL]
    crew.rests([])
    assert sale.shelf.counters(product) == (UNITS, UNITS, 0)
    assert (stack.sql(BACK, product), stack.sql(TOLD, promo)) == ([(UNITS,)], [(1,)])
