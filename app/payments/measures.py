"""What Prometheus learns of payments."""

from prometheus_client import Counter

SETTLED = Counter("payment_webhook_processed_total", "Messages of providers, by what became of them.", ["status"])
