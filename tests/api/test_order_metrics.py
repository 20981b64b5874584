"""What Prometheus learns of orders and their money."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from app.core import context, db
from app.core.web import HoldfastApp
from app.payments.service import inbox
from tests.api.made_orders import placed, tell
from tests.api.worked import settle
from tests.callers import Caller

pytestmark = pytest.mark.usefixtures("sound")

COUNTED = (
    ("orders_created_total", {"status": "created"}),
    ("orders_created_total", {"status": "insufficient_stock"}),
    ("order_creation_duration_seconds_count", {"source": "shelf"}),
    ("order_value_total", {"payment_status": "unpaid"}),
    ("order_value_total", {"payment_status": "paid"}),
    ("payment_webhook_processed_total", {"status": "accepted"}),
)


def figures() -> list[float]:
    """What this process has counted."""
    return [REGISTRY.get_sample_value(name, labels) or 0.0 for name, labels in COUNTED]


def test_orders_and_their_money_are_counted(app: HoldfastApp, anna: Caller, tea: int) -> None:
    before = figures()
    order = placed(anna, (tea, 2)).json
    assert placed(anna, (tea, 9)).status_code == 409
    assert "active_orders_total 1.0" in anna.client.get("/metrics").text
    tell(anna.client, "e1", order)
    settle(app)
    assert "active_orders_total 0.0" in anna.client.get("/metrics").text
    assert [round(now - then, 2) for now, then in zip(figures(), before, strict=True)] == [1, 1, 1, 39.8, 39.8, 1]


def test_what_is_undone_is_not_counted(app: HoldfastApp, anna: Caller, tea: int, sql: Any) -> None:
    tell(anna.client, "e1", placed(anna, (tea, 2)).json)
    sql.execute("SELECT id FROM webhook_events")
    told, before = [number for (number,) in sql.fetchall()], figures()
    with pytest.raises(ZeroDivisionError), app.app_context(), context.surroundings(source="job"), db.transaction():
        assert inbox.settle(ids=told, patience_hours=24) / 0
    assert figures() == before
    settle(app)
    assert [round(now - then, 2) for now, then in zip(figures(), before, strict=True)] == [0, 0, 0, 0, 39.8, 1]
