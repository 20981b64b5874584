"""`bench.live_probe:app`: the live process with a stream of its own, over one row that the measurement changes."""

from sqlalchemy import text

from app.core import db
from app.core.roles import Role
from app.core.streams import Stream, Zones, watchable
from live import app

__all__ = ["app"]

_READ = text("SELECT count(*), (SELECT value FROM bench_watched WHERE id = :id) FROM products")


def look(subject: int) -> Zones:
    """A figure that changes, and a part of the page that does not."""
    products, value = db.connection().execute(_READ, {"id": subject}).one()
    return {"figure": f"<p>value {value}.</p>", "still": f"<p>{products} products</p>" * 50}


watchable(Stream("bench", Role.VIEWER, look))
