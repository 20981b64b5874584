"""The pages that are put together from what all domains have."""

from app.console.console import search, verbs, views
from app.console.console.home import blp
from app.console.console.room import blp as room_blp
from app.console.console.zones import zones

blp.register_blueprint(room_blp)

__all__ = ["blp", "search", "verbs", "views", "zones"]
