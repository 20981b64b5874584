"""Every SELECT about buys."""

from app.buys.queries.own import own
from app.buys.queries.tracked import totals, tracked

__all__ = ["own", "totals", "tracked"]
