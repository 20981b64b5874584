"""What Prometheus learns of orders."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from app.core import db
from app.core.clock import monotonic
from app.core.errors import AppError
from app.core.metrics import BUCKETS, STATE
from app.orders import queries

CREATED = Counter("orders_created_total", "Tries to place an order, by how they ended.", ["status"])
SECONDS = Histogram(
    "order_creation_duration_seconds",
    "How long it took to place an order, by where it sells from.",
    ["source"],
    buckets=BUCKETS,
)
VALUE = Counter("order_value_total", "Money of orders that were placed, paid, paid back.", ["payment_status"])


@dataclass
class Try:
    """One try to place an order; `again`: the order was there before."""

    again: bool = False


@contextmanager
def creation(source: str) -> Iterator[Try]:
    """Count and time one try to place an order."""
    started, tried = monotonic(), Try()
    try:
        yield tried
    except AppError as refusal:
        CREATED.labels(refusal.code).inc()
        raise
    if tried.again:
        return
    CREATED.labels("created").inc()
    SECONDS.labels(source).observe(monotonic() - started)


def worth(payment_status: str, amount: Decimal) -> None:
    """Count money, once what moved it is kept."""
    db.after_commit(lambda: VALUE.labels(payment_status).inc(float(amount)))


def _state() -> Iterator[Metric]:
    yield GaugeMetricFamily("active_orders_total", "Orders that wait for their payment.", queries.pending())


STATE.append(_state)
