"""What Prometheus learns of notifications."""

from prometheus_client import Counter

TOLD = Counter(
    "notifications_total",
    "Notifications by channel (in_app, email; one by both counts in both), and those that were suppressed, by reason.",
    ["channel", "status"],
)
