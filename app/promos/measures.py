"""What Prometheus learns of promos."""

from collections.abc import Iterator

from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from app.core.metrics import STATE
from app.promos import queries
from app.promos.queries import PromoFilter

RESERVATIONS = Counter(
    "promo_reservations_total", "Units of promos that were held, completed, expired; and who was refused.", ["result"]
)


def _state() -> Iterator[Metric]:
    promos = GaugeMetricFamily("promos", "Promos that are not archived, by status.", labels=["status"])
    for status, count in queries.statuses(PromoFilter()).items():
        promos.add_metric([status], count)
    yield promos


STATE.append(_state)
