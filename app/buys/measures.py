"""What Prometheus learns of buys."""

from prometheus_client import Counter

BUYS = Counter("buys_total", "Buys that were told: counted ones, and events that were counted before.", ["result"])
