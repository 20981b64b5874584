"""What Prometheus learns of streams; a live process writes its figures under its port."""

from prometheus_client import Counter, Gauge, Histogram

OPEN = Gauge("live_streams", "Open event streams.", ["stream"], multiprocess_mode="sum")
SENT = Counter("live_events_total", "Events sent, without those that only say that the stream is there.", ["stream"])
SNAPSHOT_SECONDS = Histogram("live_snapshot_seconds", "How long a look at a watched subject took.", ["stream"])
