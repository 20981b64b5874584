"""RQ speaks JSON here, in every process: what lies on a queue can name a function and plain values, never a pickle."""

import redis
import rq.serializers
from rq import Queue
from rq.serializers import JSONSerializer

# rq, rq-scheduler and rq-dashboard all fall back to this name; it is the one place that reaches all three.
rq.serializers.PickleSerializer = JSONSerializer  # type: ignore[assignment]

QUICK = "quick"


def queue(name: str, client: redis.Redis) -> Queue:
    """A queue by name."""
    return Queue(name, connection=client, serializer=JSONSerializer)
