"""A buy is counted by one SQL function (sql/log.sql), which is the whole transaction.

Data: a row of `buys`, the counters of one lane, and for an event its key. Lock order: the key, the lane. The lane is
that of the connection, so two transactions rarely meet; it is the last lock, and held until the commit.

If the process dies before the commit, nothing is counted, and whoever tells it again under the same event counts it. If
it dies after the commit, the event told again is answered with the present count. Two that tell the same event at once
meet at the key: the second waits for the first.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from app.buys import measures, rules
from app.core.prepared import Prepared

_LOG = Prepared(
    text(
        "SELECT total, is_new FROM buys_log("
        ":user_id, :promotion_id, :product_id, :product_quantity, :event_id, :moments, :address)"
    )
)


def log(buy: Mapping[str, Any], *, headers: Mapping[str, str], peer: str, hops: int) -> int:
    """Count a buy, unless its event was counted; how many units all buys have now."""
    told = {"moments": rules.moments(headers), "address": rules.address(headers, peer, hops)}
    row = _LOG.one(**buy, **told)
    measures.BUYS.labels("counted" if row.is_new else "repeated").inc()
    return int(row.total)
