"""The pages that are put together from what all domains have: home and the sale room."""

from app.console.console import verbs
from app.console.console.home import blp
from app.console.console.room import blp as room_blp
from app.console.console.zones import zones

blp.register_blueprint(room_blp)

__all__ = ["blp", "verbs", "zones"]
