"""What Prometheus learns of the stock."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from app.core.metrics import STATE
from app.inventory import queries


def state() -> Iterator[Metric]:
    """The state of the stock as it is now."""
    yield GaugeMetricFamily(
        "low_stock_products_total", "Products on sale with fewer units than their threshold.", queries.low_count()
    )


STATE.append(state)
